#include "unknown_keys.h"

#include "rare.h"
#include "records.h"

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
  const Locked section(fields);
  while (PyDict_Next(fields, &position, &name, &value)) {
    const Borrowed held_name(name), held(value);
    collect(name, value);
  }
}

void UnknownKeys::visit_dict(PyObject* value, int depth) {
  const Locked section(value);
  // What `put_mapping` refuses has no keys to be known.
  nodes_ -= PyDict_GET_SIZE(value);
  if (nodes_ < 0) return;
  Py_ssize_t position = 0;
  PyObject *name, *inner;
  while (PyDict_Next(value, &position, &name, &inner)) {
    const Borrowed held_name(name), held(inner);
    note(inner_, lane_->inner_keys, name);
    visit(inner, depth + 1);
  }
}

void UnknownKeys::visit_items(PyObject* value, int depth) {
  const Locked section(value);
  const Py_ssize_t size = PySequence_Fast_GET_SIZE(value);
  nodes_ -= size;
  if (nodes_ < 0) return;
  for (Py_ssize_t index = 0; index < size; ++index) {
    if (kFreeThreaded && index >= PySequence_Fast_GET_SIZE(value)) return;
    PyObject* item = PySequence_Fast_GET_ITEM(value, index);
    const Borrowed held(item);
    // The name of a pair may say that it is a secret.
    if ((PyTuple_CheckExact(item) || PyList_CheckExact(item)) &&
        PySequence_Fast_GET_SIZE(item) == 2 && !lane_->inner_keys.is_full()) {
      note(inner_, lane_->inner_keys, PySequence_Fast_GET_ITEM(item, 0));
    }
    visit(item, depth + 1);
  }
}

void UnknownKeys::visit_record(PyObject* value, const Plan* plan, int depth) {
  nodes_ -= PyTuple_GET_SIZE(plan->names);
  for (Py_ssize_t index = 0; index < PyTuple_GET_SIZE(plan->names) && nodes_ >= 0; ++index) {
    PyObject* name = PyTuple_GET_ITEM(plan->names, index);
    note(inner_, lane_->inner_keys, name);
    PyObject* field = read_field(value, name);
    if (field != nullptr) visit(field, depth + 1);
    Py_XDECREF(field);
  }
}

void UnknownKeys::visit(PyObject* value, int depth) {
  const PyTypeObject* type = Py_TYPE(value);
  if (depth >= lane_->most_depth || some_remain_) return;
  if (type == &PyDict_Type) return visit_dict(value, depth);
  if (type == &PyList_Type || type == &PyTuple_Type) return visit_items(value, depth);
  if (type == &PyUnicode_Type || type == &PyLong_Type || type == &PyFloat_Type) return;
  const Plan* plan = lane_->plans.find(type);
  if (plan == nullptr) return;
  switch (plan->writing) {
    case Writing::kDict:
      return visit_dict(value, depth);
    case Writing::kList:
    case Writing::kTuple:
      return visit_items(value, depth);
    case Writing::kNamedTuple:
      for (Py_ssize_t index = 0; index < PyTuple_GET_SIZE(plan->names); ++index) {
        note(inner_, lane_->inner_keys, PyTuple_GET_ITEM(plan->names, index));
      }
      return visit_items(value, depth);
    case Writing::kRecord:
      return visit_record(value, plan, depth);
    default:
      return;
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

RARE bool classify_keys(Lane* lane, const Call& call, PyObject* context, Outcome* outcome) {
  UnknownKeys found(lane);
  for (Py_ssize_t index = 0; index < call.field_count(); ++index) {
    found.collect(PyTuple_GET_ITEM(call.names, index), call.values[index]);
  }
  found.collect_all(bound_of(lane, call.logger));
  if (Py_TYPE(context) == lane->context_type) {
    found.collect_all(slot_of<PyObject>(context, lane->at.context_fields));
  }
  if (!found.classify()) return false;
  if (found.some_remain()) *outcome = Outcome::kTooManyKeys;
  return true;
}

}  // namespace foundation
