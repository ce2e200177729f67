#include "frames.h"

#include <climits>
#include <cstring>
#include <initializer_list>

#include "numbers.h"
#include "text.h"

namespace foundation {
namespace {

// Say whether a module's frames are never the caller: `_is_ours` of core's callsite.py.
bool is_ours(const char* module, size_t size) {
  static constexpr char kOurs[] = "provide.foundation";
  constexpr size_t kLength = sizeof kOurs - 1;
  if (size >= kLength && std::memcmp(module, kOurs, kLength) == 0) return true;
  const void* dot = std::memchr(module, '.', size);
  if (dot != nullptr) size = static_cast<size_t>(static_cast<const char*>(dot) - module);
  for (const char* each : {"structlog", "logging", "warnings"}) {
    if (size == std::strlen(each) && std::memcmp(module, each, size) == 0) return true;
  }
  return false;
}

// Say whether a frame is one of ours; -1: core has the rule for it.
int is_ours(const Lane* lane, PyFrameObject* frame) {
  PyObject* globals = PyFrame_GetGlobals(frame);
  int ours = -1;
  if (PyDict_CheckExact(globals)) {
    const Locked section(globals);
    PyObject* name = PyDict_GetItemWithError(globals, lane->words.name);
    if (name == nullptr) {
      PyErr_Clear();
      ours = 0;
    } else if (PyUnicode_CheckExact(name) && PyUnicode_IS_ASCII(name)) {
      ours = is_ours(static_cast<const char*>(PyUnicode_DATA(name)),
                     static_cast<size_t>(PyUnicode_GET_LENGTH(name)));
    }
  }
  Py_DECREF(globals);
  return ours;
}

// Go up to the caller of a frame, whose reference is taken. False: there is none, and it stays.
bool go_up(PyFrameObject** frame) {
  PyFrameObject* back = PyFrame_GetBack(*frame);
  if (back == nullptr) return false;
  Py_SETREF(*frame, back);
  return true;
}

// Return the frame that a call site names: a new reference. Null: core has the rule for it.
PyFrameObject* find_caller(const Lane* lane, long skip) {
  PyFrameObject* frame = PyEval_GetFrame();
  if (frame == nullptr) return nullptr;
  Py_INCREF(frame);
  for (;;) {
    const int ours = is_ours(lane, frame);
    if (ours < 0) {
      Py_DECREF(frame);
      return nullptr;
    }
    if (ours == 0 || !go_up(&frame)) break;
  }
  while (skip > 0 && go_up(&frame)) --skip;
  return frame;
}

Outcome failure_of(const Buffer& out) {
  return out.failed() ? Outcome::kNoMemory : Outcome::kNeedsPython;
}

// Say whether they are plain, and nothing has to be cut.
bool fit(const Lane* lane, PyObject* file, int line, PyObject* function) {
  return PyUnicode_CheckExact(file) && PyUnicode_CheckExact(function) && line >= 0 &&
         PyUnicode_GET_LENGTH(file) <= lane->longest_string &&
         PyUnicode_GET_LENGTH(function) <= lane->longest_string;
}

// Put file, line and function as an object of JSON.
Outcome put_place(const Lane* lane, Buffer& out, PyObject* file, int line, PyObject* function) {
  if (!fit(lane, file, line, function)) return Outcome::kNeedsPython;
  if (!out.append("{\"file\":") || put_json_text(out, file) != Encoding::kEncoded ||
      !out.append(",\"line\":") || !out.reserve(16)) {
    return failure_of(out);
  }
  out.advance_to(put_small(out.cursor(), line));
  if (!out.append(",\"function\":") || put_json_text(out, function) != Encoding::kEncoded ||
      !out.append('}')) {
    return failure_of(out);
  }
  return Outcome::kGoOn;
}

// Put them as a value of logfmt.
Outcome put_place_as_text(const Lane* lane, Buffer& out, PyObject* file, int line,
                          PyObject* function) {
  if (!fit(lane, file, line, function)) return Outcome::kNeedsPython;
  PyObject* text = PyUnicode_FromFormat("%U:%d:%U", file, line, function);
  if (text == nullptr) {
    PyErr_Clear();
    return Outcome::kNoMemory;
  }
  const Encoding encoding = put_logfmt_text(out, text);
  Py_DECREF(text);
  return encoding == Encoding::kEncoded ? Outcome::kGoOn : failure_of(out);
}

}  // namespace

Outcome put_frame(Lane* lane, Buffer& out, PyCodeObject* code, int lasti, int line) {
  if (line == -1) line = PyCode_Addr2Line(code, lasti);
  return put_place(lane, out, code->co_filename, line, code->co_name);
}

long skip_of(PyObject* stacklevel) {
  if (stacklevel == nullptr || !PyLong_Check(stacklevel)) return 0;
  int overflow = 0;
  const long level = PyLong_AsLongAndOverflow(stacklevel, &overflow);
  if (overflow != 0) return overflow > 0 ? LONG_MAX : 0;
  return level > 1 ? level - 1 : 0;
}

RARE Outcome put_callsite(Lane* lane, Buffer& out, long skip) {
  PyFrameObject* frame = find_caller(lane, skip);
  if (frame == nullptr) return Outcome::kNeedsPython;
  PyCodeObject* code = PyFrame_GetCode(frame);
  Outcome outcome = Outcome::kNeedsPython;
  const int line = PyFrame_GetLineNumber(frame);
  if (lane->format == Format::kJson) {
    outcome = put_place(lane, out, code->co_filename, line, code->co_qualname);
  } else {
    outcome = put_place_as_text(lane, out, code->co_filename, line, code->co_qualname);
  }
  Py_DECREF(code);
  Py_DECREF(frame);
  return outcome;
}

}  // namespace foundation
