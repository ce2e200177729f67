// Records: what has named fields. No code of their classes runs.
#include "records.h"

#include "fields.h"
#include "rare.h"

namespace foundation {

PyObject* read_field(PyObject* record, PyObject* name) {
  PyObject* found = PyObject_GenericGetAttr(record, name);
  if (found == nullptr) PyErr_Clear();
  return found;
}

bool has_more_fields(const Lane* lane, PyObject* record) {
  PyObject* more = read_field(record, lane->words.extra);
  const bool none = more == nullptr || more == Py_None ||
                    (PyDict_CheckExact(more) && PyDict_GET_SIZE(more) == 0);
  Py_XDECREF(more);
  return !none;
}

Encoding Line::put_record(PyObject* record, const Plan* plan) {
  const getattrofunc getter = Py_TYPE(record)->tp_getattro;
  if (!plan->extra && getter != PyObject_GenericGetAttr) return Encoding::kAskValue;
  if (plan->extra && has_more_fields(lane_, record)) return Encoding::kAskValue;
  PyObject* names = plan->names;
  const Py_ssize_t size = PyTuple_GET_SIZE(names);
  Nested nested(*this, record, size);
  if (nested.is_answered() || nested.state() != Encoding::kEncoded) return nested.state();
  if (!out.append('{')) return Encoding::kNeedsPython;
  for (Py_ssize_t index = 0; index < size; ++index) {
    PyObject* name = PyTuple_GET_ITEM(names, index);
    // The record holds it as well, as long as no code runs.
    PyObject* field = read_field(record, name);
    if (field == nullptr) return nested.give_up();
    const Encoding encoding = put_member(name, field, index > 0);
    Py_DECREF(field);
    if (encoding == Encoding::kAskValue) return nested.give_up();
    if (encoding != Encoding::kEncoded) return encoding;
  }
  return out.append('}') ? Encoding::kEncoded : Encoding::kNeedsPython;
}

Encoding Line::put_named_tuple(PyObject* items, const Plan* plan) {
  PyObject* names = plan->names;
  const Py_ssize_t size = PyTuple_GET_SIZE(names);
  if (PyTuple_GET_SIZE(items) != size) return put_sequence(items);
  Nested nested(*this, items, size);
  if (nested.is_answered() || nested.state() != Encoding::kEncoded) return nested.state();
  if (!out.append('{')) return Encoding::kNeedsPython;
  for (Py_ssize_t index = 0; index < size; ++index) {
    const Encoding encoding =
        put_member(PyTuple_GET_ITEM(names, index), PyTuple_GET_ITEM(items, index), index > 0);
    if (encoding == Encoding::kAskValue) return nested.give_up();
    if (encoding != Encoding::kEncoded) return encoding;
  }
  return out.append('}') ? Encoding::kEncoded : Encoding::kNeedsPython;
}

}  // namespace foundation
