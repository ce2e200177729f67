// The context fields of a call: core's own, and those that are bound through structlog.
#pragma once

#include <Python.h>

#include <cstddef>

#include "lane.h"
#include "linkage.h"

namespace foundation {

// Return core's context and what is bound through structlog as one, which core keeps while nothing
// of either changes. Null: an exception is set.
INTERNAL PyObject* join_context(Lane* lane);

// Return a call's context, a new reference. Null: an exception is set.
inline PyObject* find_context(Lane* lane) {
  PyObject* context = nullptr;
  const Borrowed foreign(reinterpret_cast<PyObject*>(lane), offsetof(Lane, foreign));
  const int bound = foreign.get() == Py_False ? 0 : PyObject_IsTrue(foreign.get());
  if (bound == 0) {
    PyContextVar_Get(lane->current, nullptr, &context);
  } else if (bound > 0) {
    context = join_context(lane);
  }
  return context;
}

}  // namespace foundation
