// One log call as it came, and what is rarely done with it.
#pragma once

#include <Python.h>

#include "lane.h"

namespace foundation {

struct Kept;

// Everything in it is borrowed from the caller, who holds it until the call returns.
struct Call {
  PyObject* logger;
  PyObject* event;
  PyObject* const* positional;
  Py_ssize_t positional_count;
  PyObject* names;          // of the fields: a tuple, or null where there are none
  PyObject* const* values;  // theirs
  const Kept* kept = nullptr;  // takes the line, which nobody writes yet; null: it is written

  Py_ssize_t field_count() const { return names == nullptr ? 0 : PyTuple_GET_SIZE(names); }
};

// Return an attribute, by an interned name: the interpreter's cache of attributes would keep each
// of the names that are made for one call, up to 4,096 of them. Null: an error is set.
inline PyObject* attribute_of(PyObject* object, const char* name) {
  PyObject* word = PyUnicode_InternFromString(name);
  if (word == nullptr) return nullptr;
  PyObject* found = PyObject_GetAttr(object, word);
  Py_DECREF(word);
  return found;
}

// Call a method. Null: an error is set.
template <typename... Arguments>
PyObject* call_by_name(PyObject* object, const char* name, const char* format,
                       Arguments... arguments) {
  PyObject* method = attribute_of(object, name);
  if (method == nullptr) return nullptr;
  PyObject* result = PyObject_CallFunction(method, format, arguments...);
  Py_DECREF(method);
  return result;
}

// Return the fields as a new dict. Null: an error is set.
PyObject* fields_of(const Call& call);

// Fall back to the Python lanes with a whole call. Null: an error is set.
PyObject* fall_back(Lane* lane, const Call& call, int level);

// Have core make the event's text, with the arguments put in. None: it has written the line. Null:
// an error is set.
PyObject* spell(Lane* lane, const Call& call, int level);

// Forward a call to the methods of the latest set-up. Null: an error is set.
PyObject* forward(Lane* lane, const Call& call, int level);

// Give a call to a function that takes a logger as well. Null: an error is set.
PyObject* call_with_logger(PyObject* function, const Call& call);

// After a call into Python: forget an `Exception`, and say whether that is all. An interrupt stays,
// and so does what a signal handler has raised.
bool forget_exception();

// Count a line that an exception (which is set) has cost. Null: it was an interrupt, and is set.
PyObject* count_lost(Lane* lane, int level);

// Count the lines that could not be counted when they were lost. False: an interrupt is set.
bool settle_lost(Lane* lane);

}  // namespace foundation
