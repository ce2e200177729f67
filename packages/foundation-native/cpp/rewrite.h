// Calls that are written as others: without the parameters of the call, with reserved keys renamed, with the fields that override others merged, with arguments put into the event.
//
// A common call does not come here. `attempt` in record.cpp refuses what is not plain; then the
// call is rewritten, once, and the attempt is made with what came of it.
#pragma once

#include <Python.h>

#include "call.h"
#include "details.h"
#include "linkage.h"
#include "outcome.h"
#include "rare.h"

namespace foundation {

// A rewritten call, and what it owns. No Python code runs while one is made.
class Rewritten {
 public:
  Rewritten() = default;
  ~Rewritten();
  Rewritten(const Rewritten&) = delete;
  Rewritten& operator=(const Rewritten&) = delete;

  // Rewrite a call as core's `merge_fields`, `take_call_parameters` and `redact` would. `kGoOn`: it
  // is made; `kUnknownKey`: core has to be asked about a key first; else only the Python lanes can,
  // or nothing came of it.
  RARE Outcome make(const Lane* lane, const Call& given, PyObject* context);

  Call call{};
  PyObject* context = nullptr;  // borrowed; None where its fields are merged
  Parameters parameters{};

 private:
  // A line of more fields is left to Python: each key is compared with all others.
  static constexpr Py_ssize_t kMost = 64;

  bool add_call(const Lane* lane, const Call& given);
  bool add_earlier(const Call& given, PyObject* fields, PyObject* over);
  bool add(PyObject* name, PyObject* value);
  bool are_own(const Lane* lane, PyObject* fields, bool* own);
  bool rename_keys(const Lane* lane, PyObject* bound, PyObject* around);
  const Key* find(const Lane* lane, PyObject* name);
  bool has(PyObject* name) const;
  bool merge(const Lane* lane, const Call& given, PyObject* context);

  PyObject* list_[kMost];    // of names, owned
  PyObject* values_[kMost];  // owned: a value's own code may run between two attempts
  Py_ssize_t size_ = 0;
  bool changed_ = false;
  bool unknown_ = false;  // there is a key that core has not been asked about
};

// Return the event of a call as text with its positional arguments put in, if no code has to run for
// that. Null: it has to, or they do not fit; an error is set by an interrupt only.
INTERNAL RARE PyObject* format_event(const Call& call);

// Return the message that the interpreter makes of an exception, if no code has to run for it.
// Null: it has to, or an error is set.
INTERNAL RARE PyObject* message_of(PyObject* error);

}  // namespace foundation
