// What is made for loggers of one exact class: the interpreter calls that faster than what any
// object can be, because it knows what it calls.
#pragma once

#include <Python.h>

#include "lane.h"

namespace foundation {

// Say whether the attributes of loggers lie where these methods look for them.
bool knows_layout(const Lane* lane);

// Return the method of a level that no logger writes, for one class. Null: an error is set.
PyObject* make_closed_method(PyTypeObject* logger_type, Py_ssize_t index);

// Return `bind`, for one class. Null: an error is set.
PyObject* make_bind(PyTypeObject* logger_type);

}  // namespace foundation
