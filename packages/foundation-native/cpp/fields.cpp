#include "fields.h"

#include <cstring>

#include "linkage.h"
#include "rare.h"

namespace foundation {

namespace {

Encoding unknown(PyObject* name) {
  return KeyTable::takes(name) ? Encoding::kUnknownKey : Encoding::kNeedsPython;
}

}  // namespace

FUSED_MEMBER Encoding Line::put_field(PyObject* name, PyObject* value) {
  if (!PyUnicode_CheckExact(name)) return Encoding::kNeedsPython;
  const Key* key = lane_->keys.find(name);
  if (key == nullptr) return unknown(name);
  if (!key->plain || !key->own || --fields_ < 0) return Encoding::kNeedsPython;
  keys_ |= key->bit;
  affects_emoji_ |= key->affects_emoji;
  if (!out.append(key->text, key->text_size)) return Encoding::kNeedsPython;
  return key->special ? put_special(*key, value) : put_value(value);
}

Encoding Line::put_special(const Key& key, PyObject* value) {
  if (key.secret && lane_->hooks_need_fields) return Encoding::kNeedsPython;
  const size_t place = out.size();
  const Encoding encoding = key.secret ? put_mask() : put_value(value);
  const ValueCodes& codes = lane_->people.values;
  if (codes.size != 0 && encoding == Encoding::kEncoded) {
    char* begin = out.begin() + place;
    std::memcpy(begin - codes.size, codes.find(begin, out.size() - place), codes.size);
  }
  return encoding;
}

bool Line::close_fields(const char* ending, size_t size) {
  const size_t place = event_end_ + static_cast<size_t>(lane_->nested_at);
  const bool alone = place == out.size() && (size == 0 || *ending != ',');
  if (alone && !out.append('{')) return false;
  if (!out.append(ending, size)) return false;
  if (!alone) out.begin()[place] = '{';  // for the comma that leads the first of them
  return true;
}

Encoding Line::put_fields(PyObject* fields) {
  const Locked section(fields);
  Py_ssize_t position = 0;
  PyObject *name, *value;
  while (PyDict_Next(fields, &position, &name, &value)) {
    const Borrowed held_name(name), held(value);
    const Encoding encoding = put_field(name, value);
    if (encoding != Encoding::kEncoded) return encoding;
  }
  return Encoding::kEncoded;
}

Encoding Line::put_mask() {
  const bool room = lane_->format == Format::kJson ? out.append("\"***\"") : out.append("***");
  return room ? Encoding::kEncoded : Encoding::kNeedsPython;
}

FUSED_MEMBER Encoding Line::put_text(PyObject* text) {
  if (PyUnicode_GET_LENGTH(text) > lane_->longest_string) return Encoding::kNeedsPython;
  return lane_->format == Format::kJson ? put_json_text(out, text) : put_logfmt_text(out, text);
}

FUSED_MEMBER Encoding Line::put_value(PyObject* value) {
  if (PyUnicode_CheckExact(value)) return put_text(value);
  if (PyLong_CheckExact(value)) return put_int(value);
  const PyTypeObject* type = Py_TYPE(value);
  if (type == &PyDict_Type || type == &PyList_Type || type == &PyTuple_Type) {
    saw_container_ = true;
    if (lane_->hooks_need_fields) return Encoding::kNeedsPython;
    // In logfmt their JSON is a text, with escapes of its own.
    if (lane_->format == Format::kLogfmt) return ask(value, false);
  }
  return put_item(value);
}

Encoding Line::put_item(PyObject* value) {
  const Encoding encoding = put_json(value);
  return encoding == Encoding::kAskValue ? ask(value, false) : encoding;
}

Encoding Line::put_json(PyObject* value) {
  const PyTypeObject* type = Py_TYPE(value);
  if (type == &PyUnicode_Type) return put_string(value);
  if (type == &PyLong_Type) return put_int(value);
  if (type == &PyFloat_Type) return put_float(PyFloat_AS_DOUBLE(value));
  bool room;
  if (value == Py_None) {
    room = out.append("null");
  } else if (value == Py_True) {
    room = out.append("true");
  } else if (value == Py_False) {
    room = out.append("false");
  } else if (type == &PyDict_Type) {
    return put_mapping(value);
  } else if (type == &PyList_Type || type == &PyTuple_Type) {
    return put_sequence(value);
  } else {
    return put_object(value);
  }
  return room ? Encoding::kEncoded : Encoding::kNeedsPython;
}

Line::Nested::Nested(Line& line, PyObject* container, Py_ssize_t size)
    : line_(line),
      here_{container, line.open_, line.open_ == nullptr ? 1 : line.open_->depth + 1},
      start_(line.out.size()),
      nodes_(line.nodes_) {
  Questions* questions = line.questions_;
  if (questions != nullptr && questions->has_answers()) {
    questions_ = questions->size();
    if (const Question* known = questions->find(container, line.open_, false)) {
      answered_ = true;
      state_ = line.put_answer(*known);
      return;
    }
  }
  const Lane* lane = line.lane_;
  if (here_.depth > lane->most_depth || size > lane->most_items || line.is_open(container)) {
    state_ = Encoding::kAskValue;
    return;
  }
  line.nodes_ -= size;
  if (line.nodes_ < 0) {
    state_ = Encoding::kNeedsPython;
  } else {
    line.open_ = &here_;
  }
}

RARE Encoding Line::Nested::give_up() {
  line_.out.advance_to(line_.out.begin() + start_);
  line_.nodes_ = nodes_;
  if (line_.questions_ != nullptr) line_.questions_->forget_from(questions_);
  return Encoding::kAskValue;
}

bool Line::is_open(PyObject* container) const {
  for (const Open* open = open_; open != nullptr; open = open->outer) {
    if (open->container == container) return true;
  }
  return false;
}

Encoding Line::put_member(PyObject* name, PyObject* value, bool more) {
  if (!PyUnicode_CheckExact(name)) return Encoding::kAskValue;
  const Key* key = lane_->inner_keys.find(name);
  if (key == nullptr) {
    return KeyTable::takes(name) ? Encoding::kUnknownKey : Encoding::kAskValue;
  }
  if (!key->plain) return Encoding::kAskValue;
  if (more && !out.append(',')) return Encoding::kNeedsPython;
  if (!out.append(key->inner, key->inner_size)) return Encoding::kNeedsPython;
  if (!key->secret) return put_item(value);
  return out.append("\"***\"") ? Encoding::kEncoded : Encoding::kNeedsPython;
}

Encoding Line::put_mapping(PyObject* mapping) {
  Nested nested(*this, mapping, PyDict_GET_SIZE(mapping));
  if (nested.is_answered() || nested.state() != Encoding::kEncoded) return nested.state();
  Py_ssize_t position = 0;
  PyObject *name, *value;
  bool more = false;
  if (!out.append('{')) return Encoding::kNeedsPython;
  const Locked section(mapping);
  while (PyDict_Next(mapping, &position, &name, &value)) {
    const Borrowed held_name(name), held(value);
    const Encoding encoding = put_member(name, value, more);
    if (encoding == Encoding::kAskValue) return nested.give_up();
    if (encoding != Encoding::kEncoded) return encoding;
    more = true;
  }
  return out.append('}') ? Encoding::kEncoded : Encoding::kNeedsPython;
}

Encoding Line::put_sequence(PyObject* sequence) {
  const Py_ssize_t size = PySequence_Fast_GET_SIZE(sequence);
  Nested nested(*this, sequence, size);
  if (nested.is_answered() || nested.state() != Encoding::kEncoded) return nested.state();
  if (!out.append('[')) return Encoding::kNeedsPython;
  const Locked section(sequence);
  for (Py_ssize_t index = 0; index < size; ++index) {
    // What an item looks at may have let go of the sequence.
    if (kFreeThreaded && index >= PySequence_Fast_GET_SIZE(sequence)) break;
    PyObject* item = PySequence_Fast_GET_ITEM(sequence, index);
    const Borrowed held(item);
    if (!out.reserve(16)) return Encoding::kNeedsPython;
    char* cursor = out.cursor();
    if (index > 0) *cursor++ = ',';
    const PyTypeObject* type = Py_TYPE(item);
    int32_t small;
    if (type == &PyLong_Type && read_small(item, &small)) {
      out.advance_to(put_small(cursor, small));
      continue;
    }
    out.advance_to(cursor);
    const bool pair = (type == &PyTuple_Type && PyTuple_GET_SIZE(item) == 2) ||
                      (type == &PyList_Type && PyList_GET_SIZE(item) == 2);
    const Encoding encoding = pair ? put_pair(item) : put_item(item);
    if (encoding == Encoding::kAskValue) return nested.give_up();
    if (encoding != Encoding::kEncoded) return encoding;
  }
  return out.append(']') ? Encoding::kEncoded : Encoding::kNeedsPython;
}

// A pair in a list may be a header, whose name says whether its value is a secret. Core judges the
// name as it is written; that of most pairs is no text at all.
Encoding Line::put_pair(PyObject* pair) {
  const Locked section(pair);
  if (kFreeThreaded && PySequence_Fast_GET_SIZE(pair) != 2) return put_item(pair);
  PyObject* first = PySequence_Fast_GET_ITEM(pair, 0);
  const Borrowed held(first);
  const PyTypeObject* type = Py_TYPE(first);
  if (type == &PyLong_Type || first == Py_None || PyBool_Check(first) || type == &PyDict_Type ||
      type == &PyList_Type || type == &PyTuple_Type) {
    return put_item(pair);
  }
  if (type == &PyFloat_Type && std::isfinite(PyFloat_AS_DOUBLE(first))) return put_item(pair);
  if (type != &PyUnicode_Type || !KeyTable::takes(first) || !PyUnicode_IS_ASCII(first)) {
    return ask(pair, true);
  }
  const Key* key = lane_->inner_keys.find(first);
  // Data that comes in pairs must not push the keys of dicts out of the table.
  if (key == nullptr) {
    return lane_->inner_keys.is_full() ? ask(pair, true) : Encoding::kUnknownKey;
  }
  return key->secret ? ask(pair, true) : put_item(pair);
}

}  // namespace foundation
