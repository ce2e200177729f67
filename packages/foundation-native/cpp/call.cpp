#include "call.h"

#include "rare.h"

namespace foundation {
namespace {

PyObject* positional_of(const Call& call) {
  PyObject* arguments = PyTuple_New(call.positional_count);
  if (arguments == nullptr) return nullptr;
  for (Py_ssize_t index = 0; index < call.positional_count; ++index) {
    PyTuple_SET_ITEM(arguments, index, Py_NewRef(call.positional[index]));
  }
  return arguments;
}

}  // namespace

PyObject* fields_of(const Call& call) {
  PyObject* fields = PyDict_New();
  if (fields == nullptr) return fields;
  for (Py_ssize_t index = 0; index < call.field_count(); ++index) {
    if (PyDict_SetItem(fields, PyTuple_GET_ITEM(call.names, index), call.values[index]) != 0) {
      Py_DECREF(fields);
      return nullptr;
    }
  }
  return fields;
}

RARE PyObject* step_aside(Lane* lane, const Call& call, int level) {
  PyObject* fields = fields_of(call);
  PyObject* arguments = fields == nullptr ? nullptr : positional_of(call);
  PyObject* result = nullptr;
  if (arguments != nullptr) {
    // Looked up each time: behind processors it is another function.
    result = call_by_name(lane->owner, "emit", "OiOOO", call.logger, level, call.event, arguments,
                          fields);
  }
  Py_XDECREF(arguments);
  Py_XDECREF(fields);
  return result;
}

RARE PyObject* send_on(const Call& call, PyObject* method_name) {
  PyObject* method = PyObject_GetAttr(call.logger, method_name);
  PyObject* fields = method == nullptr ? nullptr : fields_of(call);
  PyObject* rest = fields == nullptr ? nullptr : positional_of(call);
  PyObject* arguments = rest == nullptr ? nullptr : PyTuple_New(call.positional_count + 1);
  PyObject* result = nullptr;
  if (arguments != nullptr) {
    PyTuple_SET_ITEM(arguments, 0, Py_NewRef(call.event));
    for (Py_ssize_t index = 0; index < call.positional_count; ++index) {
      PyTuple_SET_ITEM(arguments, index + 1, Py_NewRef(call.positional[index]));
    }
    result = PyObject_Call(method, arguments, fields);
  }
  Py_XDECREF(arguments);
  Py_XDECREF(rest);
  Py_XDECREF(fields);
  Py_XDECREF(method);
  return result;
}

RARE bool forget_exception() {
  if (PyErr_Occurred() == nullptr) return true;
  if (!PyErr_ExceptionMatches(PyExc_Exception)) return false;
  PyErr_Clear();
  return true;
}

RARE PyObject* count_lost(Lane* lane, int level) {
  if (!forget_exception()) return nullptr;
  PyObject* done = call_by_name(lane->owner, "count_lost", "i", level);
  if (done == nullptr) {
    if (!forget_exception()) return nullptr;
    ++lane->uncounted;
    Py_RETURN_NONE;
  }
  return done;
}

}  // namespace foundation
