#include "context.h"

#include "call.h"

namespace foundation {
namespace {

// Say whether structlog's variables have the very values that a context was made of.
bool are_unchanged(PyObject* variables, PyObject* values) {
  if (!PyList_CheckExact(values) || PyList_GET_SIZE(values) != PyDict_GET_SIZE(variables)) {
    return false;
  }
  const Locked section(variables);
  Py_ssize_t position = 0, index = 0;
  PyObject* variable;
  while (PyDict_Next(variables, &position, nullptr, &variable)) {
    PyObject* value;
    if (!PyContextVar_CheckExact(variable)) return false;
    // A field that is no longer bound is `...` in core's list as well.
    if (PyContextVar_Get(variable, Py_Ellipsis, &value) != 0) {
      PyErr_Clear();
      return false;
    }
    const bool same = value == PyList_GET_ITEM(values, index++);
    Py_DECREF(value);  // which does not end it: its variable has it, or the list
    if (!same) return false;
  }
  return true;
}

// Return what core has joined before, if it still holds, as core's `join_context` finds it. Null:
// it does not, or an exception is set.
PyObject* find_joined(const Lane* lane, PyObject* foreign) {
  PyObject* known = nullptr;
  if (PyContextVar_Get(lane->joined, nullptr, &known) != 0 || known == nullptr) return nullptr;
  PyObject* context = nullptr;
  if (PyTuple_CheckExact(known) && PyTuple_GET_SIZE(known) == 3) {
    PyObject* own = nullptr;
    if (PyContextVar_Get(lane->current, nullptr, &own) == 0 &&
        own == PyTuple_GET_ITEM(known, 1) &&
        are_unchanged(foreign, PyTuple_GET_ITEM(known, 0))) {
      context = Py_NewRef(PyTuple_GET_ITEM(known, 2));
    }
    Py_XDECREF(own);
  }
  Py_DECREF(known);
  return context;
}

}  // namespace

PyObject* join_context(Lane* lane) {
  const Borrowed foreign(reinterpret_cast<PyObject*>(lane), offsetof(Lane, foreign));
  if (PyDict_CheckExact(foreign.get())) {
    PyObject* context = find_joined(lane, foreign.get());
    if (context != nullptr || PyErr_Occurred() != nullptr) return context;
  }
  PyObject* own = nullptr;
  if (PyContextVar_Get(lane->current, nullptr, &own) != 0) return nullptr;
  PyObject* context = call_by_name(lane->owner, "join_context", "O", own);
  Py_DECREF(own);
  return context;
}

}  // namespace foundation
