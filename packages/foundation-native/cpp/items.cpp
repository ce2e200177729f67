// Sets and arrays: items that this code can read, and need no question.
#include "fields.h"
#include "rare.h"

namespace foundation {

// A set of short texts, or of integers: its items are sorted as they are written.
Encoding Line::put_set(PyObject* set) {
  constexpr Py_ssize_t kShort = 64;
  if (!PyAnySet_CheckExact(set)) return Encoding::kAskValue;
  PyObject* items = PySequence_List(set);
  bool sortable = items != nullptr;
  const Py_ssize_t size = sortable ? PyList_GET_SIZE(items) : 0;
  for (Py_ssize_t index = 0; index < size && sortable; ++index) {
    PyObject* item = PyList_GET_ITEM(items, index);
    sortable = Py_TYPE(item) == Py_TYPE(PyList_GET_ITEM(items, 0)) &&
               (PyUnicode_CheckExact(item)
                    ? PyUnicode_IS_ASCII(item) && PyUnicode_GET_LENGTH(item) <= kShort
                    : PyLong_CheckExact(item) != 0);
    int32_t small;
    if (sortable && PyLong_CheckExact(item)) sortable = read_small(item, &small);
  }
  sortable = sortable && size <= lane_->most_items && PyList_Sort(items) == 0;
  PyErr_Clear();
  // The list is in the place of the set: nothing in it is asked about.
  const Encoding encoding = sortable ? put_sequence(items) : Encoding::kAskValue;
  Py_XDECREF(items);
  return encoding;
}

Encoding Line::put_array(PyObject* array) {
  constexpr long kMostItems = 100;  // as `MOST_OF_ARRAY` of values.py
  PyObject* kind = PyObject_GenericGetAttr(array, lane_->words.dtype);
  PyObject* size = kind == nullptr ? nullptr : PyObject_GenericGetAttr(array, lane_->words.size);
  const Borrowed dtypes(reinterpret_cast<PyObject*>(const_cast<Lane*>(lane_)),
                        offsetof(Lane, plain_dtypes));
  // Of these kinds each item is a number or a bool of Python's.
  const bool plain = size != nullptr && dtypes.get() != nullptr &&
                     PySet_Contains(dtypes.get(), kind) == 1;
  const long count = plain ? PyLong_AsLong(size) : -1;
  Py_XDECREF(kind);
  Py_XDECREF(size);
  PyErr_Clear();
  if (count < 0 || count > kMostItems) return Encoding::kAskValue;
  PyObject* items = PyObject_CallMethodObjArgs(array, lane_->words.tolist, nullptr);
  if (items == nullptr) PyErr_Clear();
  const Encoding encoding = items == nullptr ? Encoding::kAskValue : put_json(items);
  Py_XDECREF(items);
  return encoding;
}

}  // namespace foundation
