#include "fields.h"

#include "numbers.h"

namespace foundation {

namespace {

Encoding unknown(PyObject* name) {
  return KeyTable::takes(name) ? Encoding::kUnknownKey : Encoding::kNeedsPython;
}

}  // namespace

Encoding Line::put_field(PyObject* name, PyObject* value) {
  if (!PyUnicode_CheckExact(name)) return Encoding::kNeedsPython;
  const Key* key = lane_->keys.find(name);
  if (key == nullptr) return unknown(name);
  if (!key->plain || !key->own || --nodes_ < 0) return Encoding::kNeedsPython;
  keys_ |= key->bit;
  affects_emoji_ |= key->affects_emoji;
  if (!out.append(key->text, key->text_size)) return Encoding::kNeedsPython;
  if (!key->secret) return put_value(value);
  return lane_->hooks_need_fields ? Encoding::kNeedsPython : put_mask();
}

Encoding Line::put_fields(PyObject* fields) {
  Py_ssize_t position = 0;
  PyObject *name, *value;
  while (PyDict_Next(fields, &position, &name, &value)) {
    const Encoding encoding = put_field(name, value);
    if (encoding != Encoding::kEncoded) return encoding;
  }
  return Encoding::kEncoded;
}

Encoding Line::put_mask() {
  const bool room = lane_->format == Format::kJson ? out.append("\"***\"") : out.append("***");
  return room ? Encoding::kEncoded : Encoding::kNeedsPython;
}

Encoding Line::put_text(PyObject* text) {
  if (PyUnicode_GET_LENGTH(text) > lane_->longest_string) return Encoding::kNeedsPython;
  return lane_->format == Format::kJson ? put_json_text(out, text) : put_logfmt_text(out, text);
}

Encoding Line::put_checked_text(PyObject* text) {
  if (PyUnicode_GET_LENGTH(text) > lane_->longest_string) return Encoding::kNeedsPython;
  return put_json_text(out, text);
}

Encoding Line::put_value(PyObject* value) {
  if (PyUnicode_CheckExact(value)) return put_text(value);
  if (PyLong_CheckExact(value)) return put_int(out, value);
  const PyTypeObject* type = Py_TYPE(value);
  if (type == &PyDict_Type || type == &PyList_Type || type == &PyTuple_Type) {
    saw_container_ = true;
    // In logfmt their JSON is a text, with escapes of its own.
    if (lane_->format == Format::kLogfmt || lane_->hooks_need_fields) return Encoding::kNeedsPython;
  }
  return put_json(value, 0);
}

Encoding Line::put_json(PyObject* value, int depth) {
  const PyTypeObject* type = Py_TYPE(value);
  if (type == &PyUnicode_Type) return put_checked_text(value);
  if (type == &PyLong_Type) return put_int(out, value);
  if (type == &PyFloat_Type) {
    return put_float(out, PyFloat_AS_DOUBLE(value), lane_->plus_in_exponent);
  }
  bool room;
  if (value == Py_None) {
    room = out.append("null");
  } else if (value == Py_True) {
    room = out.append("true");
  } else if (value == Py_False) {
    room = out.append("false");
  } else if (type == &PyDict_Type) {
    return put_mapping(value, depth);
  } else if (type == &PyList_Type || type == &PyTuple_Type) {
    return put_sequence(value, depth);
  } else {
    return Encoding::kNeedsPython;
  }
  return room ? Encoding::kEncoded : Encoding::kNeedsPython;
}

Encoding Line::put_mapping(PyObject* mapping, int depth) {
  const Py_ssize_t size = PyDict_GET_SIZE(mapping);
  nodes_ -= size;
  // A cycle ends at the depth or at the budget, whichever comes first.
  if (depth >= lane_->most_depth || size > lane_->most_items || nodes_ < 0) {
    return Encoding::kNeedsPython;
  }
  Py_ssize_t position = 0;
  PyObject *name, *value;
  bool more = false;
  if (!out.append('{')) return Encoding::kNeedsPython;
  while (PyDict_Next(mapping, &position, &name, &value)) {
    if (!PyUnicode_CheckExact(name)) return Encoding::kNeedsPython;
    const Key* key = lane_->inner_keys.find(name);
    if (key == nullptr) return unknown(name);
    if (!key->plain) return Encoding::kNeedsPython;
    if (more && !out.append(',')) return Encoding::kNeedsPython;
    more = true;
    if (!out.append(key->inner, key->inner_size)) return Encoding::kNeedsPython;
    if (key->secret) {
      if (!out.append("\"***\"")) return Encoding::kNeedsPython;
      continue;
    }
    const Encoding encoding = put_json(value, depth + 1);
    if (encoding != Encoding::kEncoded) return encoding;
  }
  return out.append('}') ? Encoding::kEncoded : Encoding::kNeedsPython;
}

Encoding Line::put_sequence(PyObject* sequence, int depth) {
  const Py_ssize_t size = PySequence_Fast_GET_SIZE(sequence);
  nodes_ -= size;
  if (depth >= lane_->most_depth || size > lane_->most_items || nodes_ < 0) {
    return Encoding::kNeedsPython;
  }
  if (!out.append('[')) return Encoding::kNeedsPython;
  for (Py_ssize_t index = 0; index < size; ++index) {
    PyObject* item = PySequence_Fast_GET_ITEM(sequence, index);
    // A pair may be a header, whose name says whether its value is a secret.
    if (PyTuple_CheckExact(item) && PyTuple_GET_SIZE(item) == 2 &&
        !PyLong_CheckExact(PyTuple_GET_ITEM(item, 0))) {
      return Encoding::kNeedsPython;
    }
    if (PyList_CheckExact(item) && PyList_GET_SIZE(item) == 2 &&
        PyUnicode_CheckExact(PyList_GET_ITEM(item, 0))) {
      return Encoding::kNeedsPython;
    }
    if (index > 0 && !out.append(',')) return Encoding::kNeedsPython;
    const Encoding encoding = put_json(item, depth + 1);
    if (encoding != Encoding::kEncoded) return encoding;
  }
  return out.append(']') ? Encoding::kEncoded : Encoding::kNeedsPython;
}

}  // namespace foundation
