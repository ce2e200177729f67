// Names of attributes, interned once.
#pragma once

#include <Python.h>

namespace foundation {

struct Words {
  PyObject* number;   // "int", of a UUID
  PyObject* path;     // "_str", of a path
  PyObject* address;  // "_ip", of an IPv4 address
  PyObject* value;    // "_value_", of an enum's member
  PyObject* extra;    // "__pydantic_extra__"
  PyObject* dtype;    // of an array
  PyObject* size;     // of an array
  PyObject* tolist;   // of an array
  PyObject* offset;   // "utcoffset", of a time zone
  PyObject* encoder;  // of `RENDERING`
  PyObject* module;   // "__module__", of a class
  PyObject* name;     // "__name__", of a module
  PyObject* notes;    // "__notes__", of an exception
};

// Make them. False: an error is set.
inline bool make_words(Words& words) {
  return (words.number = PyUnicode_InternFromString("int")) != nullptr &&
         (words.path = PyUnicode_InternFromString("_str")) != nullptr &&
         (words.address = PyUnicode_InternFromString("_ip")) != nullptr &&
         (words.value = PyUnicode_InternFromString("_value_")) != nullptr &&
         (words.extra = PyUnicode_InternFromString("__pydantic_extra__")) != nullptr &&
         (words.dtype = PyUnicode_InternFromString("dtype")) != nullptr &&
         (words.size = PyUnicode_InternFromString("size")) != nullptr &&
         (words.tolist = PyUnicode_InternFromString("tolist")) != nullptr &&
         (words.offset = PyUnicode_InternFromString("utcoffset")) != nullptr &&
         (words.encoder = PyUnicode_InternFromString("encoder")) != nullptr &&
         (words.module = PyUnicode_InternFromString("__module__")) != nullptr &&
         (words.name = PyUnicode_InternFromString("__name__")) != nullptr &&
         (words.notes = PyUnicode_InternFromString("__notes__")) != nullptr;
}

inline void clear_words(Words& words) {
  Py_CLEAR(words.number);
  Py_CLEAR(words.path);
  Py_CLEAR(words.address);
  Py_CLEAR(words.value);
  Py_CLEAR(words.extra);
  Py_CLEAR(words.dtype);
  Py_CLEAR(words.size);
  Py_CLEAR(words.tolist);
  Py_CLEAR(words.offset);
  Py_CLEAR(words.encoder);
  Py_CLEAR(words.module);
  Py_CLEAR(words.name);
  Py_CLEAR(words.notes);
}

}  // namespace foundation
