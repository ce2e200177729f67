// The trace fields of lines (trace and span ids, say), kept while they are the same.
//
// A provider may offer a version stamp: an object that is the same one for as long as its fields
// are. Then a line compares one address in place of asking for the fields. What is kept is the end
// of a line: the encoded fields and what closes the line behind them.
#pragma once

#include <Python.h>

#include "threads.h"

namespace foundation {

class TraceFields {
 public:
  TraceFields() = default;
  ~TraceFields();
  TraceFields(const TraceFields&) = delete;
  TraceFields& operator=(const TraceFields&) = delete;

  // Say whether the line has no trace fields, as far as a look at the stamp's variable tells.
  // False: `find` knows.
  bool adds_nothing() const {
    if (kFreeThreaded || !nothing_) return false;
    PyObject* stamp = nullptr;
    if (PyContextVar_Get(variable_, nullptr, &stamp) < 0) PyErr_Clear();
    const bool same = stamp == PyTuple_GET_ITEM(last_, 1);
    Py_XDECREF(stamp);
    return same;
  }

  // Return, as a new reference, the kept end of a line. Null: the stamp is another one, or (an
  // error is set) could not be had.
  PyObject* find();

  // Ask core for the end of a line, keep it, and return it as a new reference. Null: an error is
  // set. `is_nested`: a line without trace fields has more to close than its end.
  PyObject* refresh(PyObject* enrichment, bool is_nested);

  // What is kept, for the garbage collector.
  PyObject* last() const { return last_; }

 private:
  Mutex mutex_;
  // (function that returns the stamp, stamp, end of a line, fields as the provider gave them), or
  // null
  PyObject* last_ = nullptr;
  // The ContextVar whose `get` that function is, or null: with it, no call is needed.
  PyObject* variable_ = nullptr;
  // Whether there is such a variable, and the kept end has no fields.
  bool nothing_ = false;
};

}  // namespace foundation
