// What is used of the interpreter's objects beyond its functions: fields that lie where its headers
// say. Where a newer interpreter has a function for one, that is used; of the others
// `find_layout_fault` makes sure, so that a changed layout costs the lane and nothing else.
#pragma once

#include <Python.h>
#if PY_VERSION_HEX < 0x030C0000
#include <structmember.h>
#endif

#include "linkage.h"

namespace foundation {

// Kinds of members, by the names that only newer headers have.
#if PY_VERSION_HEX < 0x030C0000
constexpr int kSizeMember = T_PYSSIZET;
constexpr int kLongMember = T_LONGLONG;
constexpr int kSlotMember = T_OBJECT_EX;
constexpr int kReadOnly = READONLY;
#else
constexpr int kSizeMember = Py_T_PYSSIZET;
constexpr int kLongMember = Py_T_LONGLONG;
constexpr int kSlotMember = Py_T_OBJECT_EX;
constexpr int kReadOnly = Py_READONLY;
#endif

// Return the hash of a text, or -1 where it has not been asked for yet.
inline Py_hash_t known_hash(PyObject* text) {
#if PY_VERSION_HEX >= 0x030F0000
  return PyUnstable_Unicode_GET_CACHED_HASH(text);
#else
  return reinterpret_cast<PyASCIIObject*>(text)->hash;
#endif
}

// Return what a function of C's is made of, borrowed.
inline PyMethodDef* definition_in(PyObject* function) {
  return reinterpret_cast<PyCFunctionObject*>(function)->m_ml;
}

// Return what a method of C's is made of, borrowed.
inline PyMethodDef* definition_in_method(PyObject* method) {
  return reinterpret_cast<PyMethodDescrObject*>(method)->d_method;
}

// Return what a slot or another member is made of, borrowed.
inline PyMemberDef* definition_in_member(PyObject* member) {
  return reinterpret_cast<PyMemberDescrObject*>(member)->d_member;
}

// Return the name of a field that does not lie where the headers say, or null.
INTERNAL const char* find_layout_fault();

}  // namespace foundation
