// Level gates, which are the methods of levels that no logger writes, and `bind`.
//
// Both are made for loggers of one exact class, as descriptors of functions in C: the interpreter
// calls these faster than any other object, because it knows what it calls.
#pragma once

#include <Python.h>

#include "lane.h"

namespace foundation {

// Say whether the attributes of loggers lie where these methods look for them.
bool knows_layout(const Lane* lane);

// Return the gate of a level, for one class. Null: an error is set.
PyObject* make_level_gate(PyTypeObject* logger_type, Py_ssize_t index);

// Return `bind`, for one class. Null: an error is set.
PyObject* make_bind(PyTypeObject* logger_type);

}  // namespace foundation
