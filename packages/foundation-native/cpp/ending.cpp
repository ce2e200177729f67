#include "ending.h"

#include <cstring>

#include "call.h"

namespace foundation {
namespace {

// Return the ContextVar whose `get` a function is, borrowed, or null.
PyObject* variable_of(PyObject* function) {
  if (!PyCFunction_Check(function)) return nullptr;
  PyObject* self = PyCFunction_GET_SELF(function);
  const char* name = reinterpret_cast<PyCFunctionObject*>(function)->m_ml->ml_name;
  if (self == nullptr || !PyContextVar_CheckExact(self) || std::strcmp(name, "get") != 0) {
    return nullptr;
  }
  return self;
}

}  // namespace

Ending::~Ending() {
  Py_CLEAR(last_);
  Py_CLEAR(variable_);
}

PyObject* Ending::find() const {
  if (last_ == nullptr) return nullptr;
  PyObject* last = Py_NewRef(last_);  // what tells the token may be Python code
  PyObject* token = nullptr;
  if (variable_ != nullptr) {
    if (PyContextVar_Get(variable_, nullptr, &token) < 0) token = nullptr;
  } else {
    token = PyObject_CallNoArgs(PyTuple_GET_ITEM(last, 0));
  }
  PyObject* found = nullptr;
  if (token != nullptr && token == PyTuple_GET_ITEM(last, 1)) {
    found = Py_NewRef(PyTuple_GET_ITEM(last, 2));
  }
  Py_XDECREF(token);
  Py_DECREF(last);
  return found;
}

PyObject* Ending::look(PyObject* stages) {
  PyObject* ending = call_by_name(stages, "look", nullptr);
  if (ending == nullptr) return nullptr;
  PyObject* last = attribute_of(stages, "last");
  if (last == nullptr || !PyTuple_CheckExact(last) || PyTuple_GET_SIZE(last) != 4) {
    Py_XDECREF(last);
    PyErr_Clear();
    return ending;  // right for this line; the next one asks again
  }
  PyObject* variable = variable_of(PyTuple_GET_ITEM(last, 0));
  Py_XINCREF(variable);
  Py_XSETREF(variable_, variable);
  Py_XSETREF(last_, last);
  PyObject* remembered = PyTuple_GET_ITEM(last, 2);
  nothing_ =
      variable != nullptr && PyBytes_CheckExact(remembered) && PyBytes_GET_SIZE(remembered) == 0;
  return ending;
}

}  // namespace foundation
