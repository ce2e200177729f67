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

// Ask core whether a signal handler has raised an exception. Where it cannot say, none has.
RARE bool comes_from_handler(PyObject* error) {
  PyObject* module = PyImport_ImportModule("provide.foundation._process.interrupts");
  PyObject* answer =
      module == nullptr ? nullptr : call_by_name(module, "reaches_c_from_handler", "O", error);
  if (answer == nullptr) PyErr_Clear();
  const bool found = answer == Py_True;
  Py_XDECREF(answer);
  Py_XDECREF(module);
  return found;
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

namespace {

// Give a call to a method of the Python half.
PyObject* call_python_lane(Lane* lane, const char* method, const Call& call, int level) {
  PyObject* fields = fields_of(call);
  PyObject* arguments = fields == nullptr ? nullptr : positional_of(call);
  PyObject* result = nullptr;
  if (arguments != nullptr) {
    // Looked up each time: behind processors it is another function.
    result = call_by_name(lane->owner, method, "OiOOO", call.logger, level, call.event, arguments,
                          fields);
  }
  Py_XDECREF(arguments);
  Py_XDECREF(fields);
  return result;
}

}  // namespace

RARE PyObject* fall_back(Lane* lane, const Call& call, int level) {
  return call_python_lane(lane, "emit", call, level);
}

RARE PyObject* spell(Lane* lane, const Call& call, int level) {
  return call_python_lane(lane, "spell", call, level);
}

RARE PyObject* forward(Lane* lane, const Call& call, int level) {
  if (lane->owner == nullptr) Py_RETURN_NONE;  // it is being collected
  // Should what writes at present lead back here, the stack must not run out.
  if (Py_EnterRecursiveCall(" in a log call") != 0) return nullptr;
  PyObject* result = call_python_lane(lane, "send_on", call, level);
  Py_LeaveRecursiveCall();
  return result;
}

RARE PyObject* call_with_logger(PyObject* function, const Call& call) {
  PyObject* fields = fields_of(call);
  PyObject* arguments = fields == nullptr ? nullptr : PyTuple_New(call.positional_count + 2);
  PyObject* result = nullptr;
  if (arguments != nullptr && Py_EnterRecursiveCall(" in a log call") == 0) {
    PyTuple_SET_ITEM(arguments, 0, Py_NewRef(call.logger));
    PyTuple_SET_ITEM(arguments, 1, Py_NewRef(call.event));
    for (Py_ssize_t index = 0; index < call.positional_count; ++index) {
      PyTuple_SET_ITEM(arguments, index + 2, Py_NewRef(call.positional[index]));
    }
    result = PyObject_Call(function, arguments, fields);
    Py_LeaveRecursiveCall();
  }
  Py_XDECREF(arguments);
  Py_XDECREF(fields);
  return result;
}

RARE bool forget_exception() {
  if (PyErr_Occurred() == nullptr) return true;
  if (!PyErr_ExceptionMatches(PyExc_Exception)) return false;
  PyObject *type, *error, *trace;
  PyErr_Fetch(&type, &error, &trace);
  PyErr_NormalizeException(&type, &error, &trace);
  if (trace != nullptr) PyException_SetTraceback(error, trace);
  if (!comes_from_handler(error)) {
    Py_XDECREF(type);
    Py_XDECREF(error);
    Py_XDECREF(trace);
    return true;
  }
  PyErr_Restore(type, error, trace);
  return false;
}

// Count a line that a signal handler's exception, which is set and stays so, has cost.
RARE void count_interrupted(Lane* lane, int level) {
  PyObject *type, *error, *trace;
  PyErr_Fetch(&type, &error, &trace);
  PyObject* done = call_by_name(lane->owner, "count_interrupted", "iO", level, error);
  if (done == nullptr) PyErr_Clear();
  Py_XDECREF(done);
  PyErr_Restore(type, error, trace);
}

RARE PyObject* count_lost(Lane* lane, int level) {
  const bool starved =
      PyErr_Occurred() != nullptr && PyErr_ExceptionMatches(PyExc_MemoryError) != 0;
  if (!forget_exception()) {
    if (PyErr_ExceptionMatches(PyExc_Exception)) count_interrupted(lane, level);
    return nullptr;
  }
  PyObject* done = call_by_name(lane->owner, "count_lost", "iO", level, starved ? Py_True : Py_False);
  if (done == nullptr) {
    if (!forget_exception()) return nullptr;
    lane->uncounted.add(1);
    Py_RETURN_NONE;
  }
  return done;
}

RARE bool settle_lost(Lane* lane) {
  // One by one: what has been counted stays so, whatever stops the next.
  for (int64_t rest = lane->uncounted.exchange(0); rest > 0; --rest) {
    PyObject* done = call_by_name(lane->owner, "count_uncounted", nullptr);
    if (done == nullptr) {
      lane->uncounted.add(rest);
      return forget_exception();
    }
    Py_DECREF(done);
  }
  return true;
}

}  // namespace foundation
