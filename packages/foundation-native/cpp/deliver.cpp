#include "deliver.h"

#include "call.h"
#include "rare.h"
#include "sink.h"

namespace foundation {
namespace {

// Delegate a line, of which `taken` bytes are written, to a writer in Python.
RARE Outcome delegate(Method* method, const Buffer& line, const char* function, Py_ssize_t taken) {
  PyObject* data = PyBytes_FromStringAndSize(line.data(), static_cast<Py_ssize_t>(line.size()));
  if (data == nullptr) return Outcome::kRaised;
  PyObject* done = call_by_name(method->lane->owner, function, "iOn", method->index, data, taken);
  Py_DECREF(data);
  if (done == nullptr) return Outcome::kRaised;
  Py_DECREF(done);
  return Outcome::kWritten;
}

// Count a line and its bytes. Between the write and this nothing runs that an interrupt could end.
void count_written(Method* method, size_t size) {
  method->uncounted.add(1);
  method->uncounted_bytes.add(static_cast<int64_t>(size));
  if (kFreeThreaded) {
    method->written.add(1);
    return;  // core's counter is asked for when the counts are read
  }
  settle_written(method);
}

// Let core finish what stands in the queue of a stream's lock, and count it.
RARE Outcome finish_queued(Lane* lane) {
  PyObject* done = call_by_name(lane->owner, "finish_queued", nullptr);
  Py_XDECREF(done);
  // It is counted by whoever finishes it, should this call be interrupted.
  return done != nullptr || forget_exception() ? Outcome::kWritten : Outcome::kRaised;
}

// Leave a line to a sink that takes whole lines over; apart, because most lines are written here.
RARE Outcome hand_over(Method* method, const Buffer& line) {
  PyObject* data = PyBytes_FromStringAndSize(line.data(), static_cast<Py_ssize_t>(line.size()));
  if (data == nullptr) return Outcome::kRaised;
  PyObject* index = PyLong_FromLong(method->index);  // small: it is there already
  PyObject* arguments[] = {index, data};
  PyObject* taken = PyObject_Vectorcall(method->lane->take, arguments, 2, nullptr);
  Py_DECREF(index);
  Py_DECREF(data);
  if (taken == nullptr) return Outcome::kRaised;
  // A sink that only takes a line over returns its size: then this lane counts it, to know which
  // calls it times. One that returns None has counted it.
  if (taken != Py_None) count_written(method, 0);
  Py_DECREF(taken);
  return Outcome::kWritten;
}

// Try to write to a stream; `kNeedsPython`, if nothing has been written.
Outcome write_to_own_stream(Method* method, const Buffer& line) {
  Lane* lane = method->lane;
  const int ready = is_ready(&lane->stream, line.size());
  if (ready < 0) return Outcome::kRaised;
  // It may have run Python code.
  if (ready == 0 || lane->state != Lane::State::kActive) return Outcome::kNeedsPython;
  const Py_ssize_t taken = write_to_stream(&lane->stream, method->index, line.data(), line.size());
  if (taken == 0) return Outcome::kNeedsPython;
  if (taken == kQueued) return finish_queued(lane);
  if (static_cast<size_t>(taken) != line.size()) {
    return delegate(method, line, "recover", taken);
  }
  count_written(method, line.size());
  return Outcome::kWritten;
}

// Do the same with the rows that a screen makes of a line; apart, since a buffer takes stack.
RARE Outcome write_rows(Method* method, const Buffer& line) {
  Lane* lane = method->lane;
  PyObject* context = nullptr;
  if (PyContextVar_Get(lane->current, nullptr, &context) != 0) {
    PyErr_Clear();
    return Outcome::kNeedsPython;
  }
  Buffer rows;
  const bool laid_out = lay_out(lane->screen, context, method->index, line, rows);
  Py_XDECREF(context);
  return laid_out ? write_to_own_stream(method, rows) : Outcome::kNeedsPython;
}

}  // namespace

#if FOUNDATION_FREE_THREADED

// Add to core's counter, by its attribute: to this thread's own cell. False: there is no memory.
static bool add_by_name(PyObject* counter, const char* name, int64_t amount) {
  PyObject* before = attribute_of(counter, name);
  const long long count = before == nullptr ? -1 : PyLong_AsLongLong(before);
  PyObject* fresh = count < 0 ? nullptr : PyLong_FromLongLong(count + amount);
  const bool added = fresh != nullptr && PyObject_SetAttrString(counter, name, fresh) == 0;
  if (!added) PyErr_Clear();
  Py_XDECREF(before);
  Py_XDECREF(fresh);
  return added;
}

static void settle(PyObject* counter, const char* name, Shared<int64_t>& number) {
  const int64_t amount = number.exchange(0);
  if (amount != 0 && !add_by_name(counter, name, amount)) number.add(amount);
}

bool add_one(PyObject* counter, Py_ssize_t) { return add_by_name(counter, "count", 1); }

void settle_written(Method* method) {
  settle(method->counter, "count", method->uncounted);
  settle(method->counter, "bytes", method->uncounted_bytes);
}

#else

static bool add_to(PyObject*& slot, long long amount) {
  const long long before = slot == nullptr ? 0 : PyLong_AsLongLong(slot);
  PyObject* fresh = PyLong_FromLongLong(before + amount);
  if (fresh == nullptr) {
    PyErr_Clear();
    return false;
  }
  PyObject* old = slot;
  slot = fresh;
  Py_XDECREF(old);
  return true;
}

bool add_one(PyObject* counter, Py_ssize_t at) {
  return add_to(slot_of<PyObject>(counter, at), 1);
}

void settle_written(Method* method) {
  const Offsets& at = method->lane->at;
  if (add_to(slot_of<PyObject>(method->counter, at.count), method->uncounted))
    method->uncounted = 0;
  if (add_to(slot_of<PyObject>(method->counter, at.bytes), method->uncounted_bytes)) {
    method->uncounted_bytes = 0;
  }
}

#endif

FUSED Outcome write_out(Method* method, const Buffer& line) {
  Lane* lane = method->lane;
  if (lane->stream.name != nullptr && lane->state == Lane::State::kActive) {
    const Outcome outcome =
        lane->screen.is_used ? write_rows(method, line) : write_to_own_stream(method, line);
    if (outcome != Outcome::kNeedsPython) return outcome;
  }
  // Nothing lets go of the GIL between this look and the write.
  if (lane->state == Lane::State::kSuperseded) return Outcome::kSuperseded;
  if (lane->descriptor < 0) return hand_over(method, line);
  Py_ssize_t taken = 0;
  if (lane->state == Lane::State::kActive) {
    taken = write_line(lane->descriptor, line.data(), line.size(), lane->keeps_gil);
    if (taken < 0) return Outcome::kRaised;
    if (static_cast<size_t>(taken) == line.size()) {
      count_written(method, line.size());
      return Outcome::kWritten;
    }
  }
  return delegate(method, line, "recover", taken);
}

Outcome hand_to_sink(Method* method, const Buffer& line) {
  return hand_over(method, line);
}

}  // namespace foundation
