#include "unknown_keys.h"

#include "call.h"
#include "rare.h"

namespace foundation {
namespace {

// Ask core about a key and remember the answer in one of the lane's tables. False: an error is set.
RARE bool classify_key(Lane* lane, KeyTable& keys, PyObject* name) {
  PyObject* found = call_by_name(lane->owner, "describe_key", "O", name);
  if (found == nullptr) return false;
  PyObject *text, *inner;
  int plain, own, secret, affects_emoji;
  const bool known =
      PyArg_ParseTuple(found, "SSpppp", &text, &inner, &plain, &own, &secret, &affects_emoji) &&
      keys.add(name, text, inner, plain != 0, own != 0, secret != 0, affects_emoji != 0);
  Py_DECREF(found);
  return known;
}

}  // namespace

void UnknownKeys::note(Names& names, const KeyTable& keys, PyObject* name) {
  if (!PyUnicode_CheckExact(name) || !KeyTable::takes(name) || keys.find(name) != nullptr) return;
  for (int index = 0; index < names.size; ++index) {
    if (names.list[index] == name) return;
  }
  if (names.size == kMost) {
    some_remain_ = true;
  } else {
    names.list[names.size++] = Py_NewRef(name);
  }
}

void UnknownKeys::collect(PyObject* name, PyObject* value) {
  note(fields_, lane_->keys, name);
  visit(value, 0);
}

void UnknownKeys::collect_all(PyObject* fields) {
  Py_ssize_t position = 0;
  PyObject *name, *value;
  while (PyDict_Next(fields, &position, &name, &value)) collect(name, value);
}

void UnknownKeys::visit(PyObject* value, int depth) {
  const PyTypeObject* type = Py_TYPE(value);
  if (depth >= lane_->most_depth || some_remain_) return;
  if (type == &PyDict_Type) {
    // What `put_mapping` refuses has no keys to be known.
    nodes_ -= PyDict_GET_SIZE(value);
    if (nodes_ < 0) return;
    Py_ssize_t position = 0;
    PyObject *name, *inner;
    while (PyDict_Next(value, &position, &name, &inner)) {
      note(inner_, lane_->inner_keys, name);
      visit(inner, depth + 1);
    }
  } else if (type == &PyList_Type || type == &PyTuple_Type) {
    const Py_ssize_t size = PySequence_Fast_GET_SIZE(value);
    nodes_ -= size;
    if (nodes_ < 0) return;
    for (Py_ssize_t index = 0; index < size; ++index) {
      visit(PySequence_Fast_GET_ITEM(value, index), depth + 1);
    }
  }
}

bool UnknownKeys::classify(Names& names, KeyTable& keys) {
  for (int index = 0; index < names.size; ++index) {
    if (!keys.has_room()) {
      some_remain_ = true;
    } else if (!classify_key(lane_, keys, names.list[index])) {
      return false;
    }
  }
  return true;
}

bool UnknownKeys::classify() {
  return classify(fields_, lane_->keys) && classify(inner_, lane_->inner_keys);
}

void UnknownKeys::forget(Names& names) {
  for (int index = 0; index < names.size; ++index) Py_DECREF(names.list[index]);
}

}  // namespace foundation
