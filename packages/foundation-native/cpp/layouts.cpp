#include "layouts.h"

#include <cstddef>
#include <type_traits>

namespace foundation {
namespace {

static_assert(std::is_same_v<decltype(PyCFunctionObject::m_ml), PyMethodDef*>);
static_assert(std::is_same_v<decltype(PyMethodDescrObject::d_method), PyMethodDef*>);
static_assert(std::is_same_v<decltype(PyMethodDescrObject::vectorcall), vectorcallfunc>);
static_assert(std::is_same_v<decltype(PyMemberDescrObject::d_member), PyMemberDef*>);
static_assert(std::is_same_v<decltype(PyMemberDef::offset), Py_ssize_t>);

PyObject* do_nothing(PyObject*, PyObject*) { Py_RETURN_NONE; }

PyMethodDef sample_function = {"sample", do_nothing, METH_NOARGS, nullptr};
PyMemberDef sample_member = {"sample", kSizeMember, 0, kReadOnly, nullptr};

// Each says whether a field of an object that is made here holds what it must.

bool knows_functions() {
  PyObject* function = PyCFunction_New(&sample_function, nullptr);
  const bool known = function != nullptr && definition_in(function) == &sample_function;
  Py_XDECREF(function);
  return known;
}

bool knows_methods() {
  PyObject* method = PyDescr_NewMethod(&PyBaseObject_Type, &sample_function);
  // The interpreter itself finds `vectorcall` by the offset that the type says.
  const bool known =
      method != nullptr && definition_in_method(method) == &sample_function &&
      Py_TYPE(method)->tp_vectorcall_offset ==
          static_cast<Py_ssize_t>(offsetof(PyMethodDescrObject, vectorcall)) &&
      PyVectorcall_Function(method) == reinterpret_cast<PyMethodDescrObject*>(method)->vectorcall;
  Py_XDECREF(method);
  return known;
}

bool knows_members() {
  PyObject* member = PyDescr_NewMember(&PyBaseObject_Type, &sample_member);
  const bool known = member != nullptr && definition_in_member(member) == &sample_member;
  Py_XDECREF(member);
  return known;
}

bool knows_texts() {
  PyObject* text = PyUnicode_FromString("a text that nobody has hashed");
  const Py_hash_t before = text == nullptr ? 0 : known_hash(text);
  const Py_hash_t hash = text == nullptr ? 0 : PyObject_Hash(text);
  const bool known = before == -1 && hash != -1 && known_hash(text) == hash;
  Py_XDECREF(text);
  return known;
}

}  // namespace

const char* find_layout_fault() {
  const char* fault = !knows_functions() ? "PyCFunctionObject"
                      : !knows_methods() ? "PyMethodDescrObject"
                      : !knows_members() ? "PyMemberDescrObject"
                      : !knows_texts()   ? "PyASCIIObject"
                                         : nullptr;
  PyErr_Clear();  // without memory they are not known either
  return fault;
}

}  // namespace foundation
