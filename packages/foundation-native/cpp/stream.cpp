#include "stream.h"

#include <cerrno>
#include <climits>

#ifndef _WIN32
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#endif
#ifdef __linux__
#include <sys/syscall.h>
#include <sys/uio.h>
#endif

#include "call.h"
#include "collection.h"
#include "rare.h"
#include "sink.h"

namespace foundation {
namespace {

#ifdef _WIN32

Stream::Kind kind_of(int) { return Stream::Kind::kOther; }
bool fits_a_pipe(size_t) { return false; }
bool is_utf8(const char*) { return false; }

#else

Stream::Kind kind_of(int descriptor) {
  struct stat status;
  if (fstat(descriptor, &status) != 0) return Stream::Kind::kOther;
  if (S_ISFIFO(status.st_mode)) return Stream::Kind::kPipe;
  if (S_ISREG(status.st_mode)) return Stream::Kind::kWhole;
  if (!S_ISCHR(status.st_mode)) return Stream::Kind::kOther;
  return isatty(descriptor) == 0 ? Stream::Kind::kWhole : Stream::Kind::kTerminal;
}

bool fits_a_pipe(size_t size) { return size <= PIPE_BUF; }

bool is_utf8(const char* encoding) {
  return strcasecmp(encoding, "utf-8") == 0 || strcasecmp(encoding, "utf8") == 0;
}

#endif

// Forget an `Exception`, so that core meets it; an interrupt stays.
int not_from_here() { return forget_exception() ? 0 : -1; }

// Write without waiting for anybody, and so with the GIL. Returns -1 with `errno` set.
Py_ssize_t try_to_write(int descriptor, const char* data, size_t size) {
#if defined(SYS_pwritev2) && defined(RWF_NOWAIT) && !defined(FOUNDATION_NO_NOWAIT)
  struct iovec part = {const_cast<char*>(data), size};
  // Not by its name, which musl has had since 1.2.5 only. No position: the two halves of -1.
  return static_cast<Py_ssize_t>(
      syscall(SYS_pwritev2, descriptor, &part, 1UL, -1L, -1L, RWF_NOWAIT));
#else
  (void)descriptor, (void)data, (void)size;
  errno = ENOSYS;
  return -1;
#endif
}

// Call one of what the lock has given, and say whether it returned a true value.
bool ask(PyObject* function, PyObject* argument) {
  PyObject* arguments[] = {argument};
  PyObject* answer = PyObject_Vectorcall(function, arguments, argument == nullptr ? 0 : 1, nullptr);
  if (answer == nullptr) PyErr_Clear();
  Py_XDECREF(answer);
  return answer == Py_True;
}

// Write a line to a pipe. While an entry waits in the queue of the lock, or a part of one has been
// written, the line takes its turn in core.
Py_ssize_t write_to_pipe(Stream* stream, PyObject* hold, const char* data, size_t size) {
  PyObject* acquire = PyTuple_GET_ITEM(hold, 0);
  PyObject* release = PyTuple_GET_ITEM(hold, 1);
  if (PyObject_Size(PyTuple_GET_ITEM(hold, 2)) != 0) return 0;
  if (!kFreeThreaded && stream->can_try) {
    // It keeps the GIL, so nobody comes in between.
    const Py_ssize_t taken = try_to_write(stream->descriptor, data, size);
    if (taken >= 0) return taken;
    // Linux before 6.4 cannot, and a sandbox may know nothing of it.
    if (errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL && errno != EPERM) return 0;
    stream->can_try = false;
  }
  // Between these two no Python code runs in this thread, so no signal handler meets the lock.
  if (!ask(acquire, Py_False)) return 0;
  const Py_ssize_t taken = write_without_gil(stream->descriptor, data, size);
  ask(release, nullptr);
  return taken;
}

// Queue a line of which a part is written, before anybody else gets the lock. No Python code runs,
// because a signal handler that logs would wait for that lock. False: there is no memory.
RARE bool queue_line(const Stream* stream, PyObject* queue, int index, const char* data, size_t size,
                     Py_ssize_t taken) {
  const NoCollection none;
  auto* type = reinterpret_cast<PyTypeObject*>(stream->entry_type);
  PyObject* arguments = PyTuple_New(0);
  PyObject* entry = arguments == nullptr ? nullptr : type->tp_new(type, arguments, nullptr);
  PyObject* number = PyLong_FromLong(index);
  PyObject* text = PyBytes_FromStringAndSize(data, static_cast<Py_ssize_t>(size));
  PyObject* parts = Py_BuildValue("[n]", taken);
  bool queued = false;
  if (entry != nullptr && number != nullptr && text != nullptr && parts != nullptr &&
      PyObject_SetAttr(entry, stream->word_index, number) == 0 &&
      PyObject_SetAttr(entry, stream->word_data, text) == 0 &&
      PyObject_SetAttr(entry, stream->word_taken, parts) == 0) {
    PyObject* done = PyObject_CallMethodOneArg(queue, stream->word_append, entry);
    queued = done != nullptr;
    Py_XDECREF(done);
  }
  if (!queued) PyErr_Clear();
  Py_XDECREF(parts);
  Py_XDECREF(text);
  Py_XDECREF(number);
  Py_XDECREF(entry);
  Py_XDECREF(arguments);
  return queued;
}

// Write a line to a terminal. As with a pipe, but a signal may leave a part of it unwritten.
Py_ssize_t write_to_terminal(const Stream* stream, PyObject* hold, int index, const char* data,
                             size_t size) {
  PyObject* queue = PyTuple_GET_ITEM(hold, 2);
  if (PyObject_Size(queue) != 0 || !ask(PyTuple_GET_ITEM(hold, 0), Py_False)) return 0;
  Py_ssize_t taken = write_without_gil(stream->descriptor, data, size);
  if (taken > 0 && static_cast<size_t>(taken) < size &&
      queue_line(stream, queue, index, data, size, taken)) {
    taken = kQueued;
  }
  ask(PyTuple_GET_ITEM(hold, 1), nullptr);
  return taken;
}

}  // namespace

bool use_stream(Stream* stream, int descriptor, PyObject* lock, bool transcodes,
                PyObject* entry_type) {
  stream->word_flush = PyUnicode_InternFromString("flush");
  stream->word_closed = PyUnicode_InternFromString("closed");
  stream->word_encoding = PyUnicode_InternFromString("encoding");
  stream->word_hold = PyUnicode_InternFromString("hold");
  stream->word_index = PyUnicode_InternFromString("index");
  stream->word_data = PyUnicode_InternFromString("data");
  stream->word_taken = PyUnicode_InternFromString("taken");
  stream->word_append = PyUnicode_InternFromString("append");
  if (stream->word_flush == nullptr || stream->word_closed == nullptr ||
      stream->word_encoding == nullptr || stream->word_hold == nullptr ||
      stream->word_index == nullptr || stream->word_data == nullptr ||
      stream->word_taken == nullptr || stream->word_append == nullptr) {
    return false;
  }
  stream->lock = Py_NewRef(lock);
  stream->entry_type = Py_NewRef(entry_type);
  stream->descriptor = descriptor;
  stream->flushes = descriptor == 1;
  stream->transcodes = transcodes;
  stream->name = descriptor == 1 ? "stdout" : "stderr";
  stream->original = descriptor == 1 ? "__stdout__" : "__stderr__";
  look_at_stream(stream);
  return true;
}

void look_at_stream(Stream* stream) {
  if (stream->name == nullptr) return;
  stream->kind = kind_of(stream->descriptor);
  stream->can_try = true;
}

int is_ready(Stream* stream, size_t size) {
  if (stream->kind == Stream::Kind::kOther) return 0;
  if (stream->kind == Stream::Kind::kPipe && !fits_a_pipe(size)) return 0;
  PyObject* file = PySys_GetObject(stream->name);
  if (file == nullptr || file == Py_None || file != PySys_GetObject(stream->original)) return 0;
  Py_INCREF(file);
  int ready = 1;
  if (stream->flushes) {
    PyObject* flushed = PyObject_CallMethodNoArgs(file, stream->word_flush);
    if (flushed == nullptr) ready = not_from_here();
    Py_XDECREF(flushed);
  }
  if (ready == 1 && stream->transcodes) {
    PyObject* encoding = PyObject_GetAttr(file, stream->word_encoding);
    if (encoding == nullptr) {
      ready = not_from_here();
    } else {
      const char* name = PyUnicode_Check(encoding) ? PyUnicode_AsUTF8(encoding) : nullptr;
      ready = name == nullptr ? not_from_here() : is_utf8(name);
      Py_DECREF(encoding);
    }
  }
  if (ready == 1) {
    PyObject* closed = PyObject_GetAttr(file, stream->word_closed);
    ready = closed == nullptr ? not_from_here() : closed == Py_False;
    Py_XDECREF(closed);
  }
  Py_DECREF(file);
  return ready;
}

Py_ssize_t write_to_stream(Stream* stream, int index, const char* data, size_t size) {
  // A file or a pipe can be put in the place of the other at any time, so that none of them is
  // written to with the GIL in the hope that it does not wait.
  if (stream->kind == Stream::Kind::kWhole) {
    return write_without_gil(stream->descriptor, data, size);
  }
  PyObject* hold = PyObject_GetAttr(stream->lock, stream->word_hold);
  if (hold == nullptr || !PyTuple_CheckExact(hold) || PyTuple_GET_SIZE(hold) != 3) {
    PyErr_Clear();
    Py_XDECREF(hold);
    return 0;
  }
  const Py_ssize_t taken = stream->kind == Stream::Kind::kPipe
                               ? write_to_pipe(stream, hold, data, size)
                               : write_to_terminal(stream, hold, index, data, size);
  Py_DECREF(hold);
  return taken;
}

int traverse_stream(Stream* stream, visitproc visit, void* arg) {
  Py_VISIT(stream->lock);
  Py_VISIT(stream->entry_type);
  return 0;
}

void clear_stream(Stream* stream) {
  stream->name = nullptr;
  Py_CLEAR(stream->lock);
  Py_CLEAR(stream->entry_type);
  Py_CLEAR(stream->word_flush);
  Py_CLEAR(stream->word_closed);
  Py_CLEAR(stream->word_encoding);
  Py_CLEAR(stream->word_hold);
  Py_CLEAR(stream->word_index);
  Py_CLEAR(stream->word_data);
  Py_CLEAR(stream->word_taken);
  Py_CLEAR(stream->word_append);
}

}  // namespace foundation
