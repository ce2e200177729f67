#include "trace_fields.h"

#include <cstring>

#include "call.h"
#include "layouts.h"

namespace foundation {
namespace {

// Return the ContextVar whose `get` a function is, borrowed, or null.
PyObject* variable_of(PyObject* function) {
  if (!PyCFunction_Check(function)) return nullptr;
  PyObject* self = PyCFunction_GET_SELF(function);
  const char* name = definition_in(function)->ml_name;
  if (self == nullptr || !PyContextVar_CheckExact(self) || std::strcmp(name, "get") != 0) {
    return nullptr;
  }
  return self;
}

}  // namespace

TraceFields::~TraceFields() {
  Py_CLEAR(last_);
  Py_CLEAR(variable_);
}

PyObject* TraceFields::find() {
  PyObject* last;
  Borrowed variable;
  {
    const Hold hold(mutex_);
    if (last_ == nullptr) return nullptr;
    last = Py_NewRef(last_);  // the function may be Python code
    Borrowed held(variable_);
    variable.take(held);
  }
  PyObject* stamp = nullptr;
  if (variable.get() != nullptr) {
    if (PyContextVar_Get(variable.get(), nullptr, &stamp) < 0) stamp = nullptr;
  } else {
    stamp = PyObject_CallNoArgs(PyTuple_GET_ITEM(last, 0));
  }
  PyObject* found = nullptr;
  if (stamp != nullptr && stamp == PyTuple_GET_ITEM(last, 1)) {
    found = Py_NewRef(PyTuple_GET_ITEM(last, 2));
  }
  Py_XDECREF(stamp);
  Py_DECREF(last);
  return found;
}

PyObject* TraceFields::refresh(PyObject* enrichment, bool is_nested) {
  PyObject* ending = call_by_name(enrichment, "refresh", nullptr);
  if (ending == nullptr) return nullptr;
  PyObject* last = attribute_of(enrichment, "last");
  if (last == nullptr || !PyTuple_CheckExact(last) || PyTuple_GET_SIZE(last) != 4) {
    Py_XDECREF(last);
    PyErr_Clear();
    return ending;  // right for this line; the next one asks again
  }
  PyObject* variable = variable_of(PyTuple_GET_ITEM(last, 0));
  Py_XINCREF(variable);
  PyObject* remembered = PyTuple_GET_ITEM(last, 2);
  const bool nothing = !is_nested && variable != nullptr && PyBytes_CheckExact(remembered) &&
             PyBytes_GET_SIZE(remembered) == 0;
  PyObject *older_variable, *older_last;
  {
    const Hold hold(mutex_);
    older_variable = variable_;
    older_last = last_;
    variable_ = variable;
    last_ = last;
    nothing_ = nothing;
  }
  Py_XDECREF(older_variable);
  Py_XDECREF(older_last);
  return ending;
}

}  // namespace foundation
