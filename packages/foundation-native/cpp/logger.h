// Level gates, which are the methods of levels that no logger writes, and `bind`.
//
// Both are made for loggers of one exact class, as descriptors of functions in C: the interpreter
// calls these faster than any other object, because it knows what it calls.
#pragma once

#include <Python.h>

#include "lane.h"

namespace foundation {

// Say whether a threshold is above a level; of one that is no small number it is not said.
inline bool is_above(PyObject* threshold, long level) {
#if PY_VERSION_HEX >= 0x030C0000
  auto* number = reinterpret_cast<PyLongObject*>(threshold);
  return PyUnstable_Long_IsCompact(number) != 0 && PyUnstable_Long_CompactValue(number) > level;
#else
  return Py_SIZE(threshold) == 1 &&
         static_cast<long>(reinterpret_cast<PyLongObject*>(threshold)->ob_digit[0]) > level;
#endif
}

// Say whether the attributes of loggers lie where these methods look for them.
bool knows_layout(const Lane* lane);

// Return the gate of a level, for one class. Null: an error is set.
PyObject* make_level_gate(PyTypeObject* logger_type, Py_ssize_t index);

// Return `bind`, for one class. Null: an error is set.
PyObject* make_bind(PyTypeObject* logger_type);

}  // namespace foundation
