#include "rewrite.h"

#include <initializer_list>

namespace foundation {
namespace {

// Return where a parameter of the call is kept, by its name; null: it is a field.
PyObject** slot_of_parameter(PyObject* name, Parameters& parameters) {
  if (PyUnicode_CompareWithASCIIString(name, "exc_info") == 0) return &parameters.exc_info;
  if (PyUnicode_CompareWithASCIIString(name, "stack_info") == 0) return &parameters.stack_info;
  if (PyUnicode_CompareWithASCIIString(name, "stacklevel") == 0) return &parameters.stacklevel;
  return nullptr;
}

bool same(PyObject* left, PyObject* right) {
  return left == right || (PyObject_Hash(left) == PyObject_Hash(right) &&
                           PyUnicode_Compare(left, right) == 0);
}

bool call_has(const Call& call, PyObject* name) {
  for (Py_ssize_t index = 0; index < call.field_count(); ++index) {
    if (same(PyTuple_GET_ITEM(call.names, index), name)) return true;
  }
  return false;
}

bool share(const Call& call, PyObject* fields) {
  for (Py_ssize_t index = 0; index < call.field_count(); ++index) {
    if (PyDict_Contains(fields, PyTuple_GET_ITEM(call.names, index)) != 0) return true;
  }
  return false;
}

bool share(PyObject* fields, PyObject* others) {
  const Locked section(fields);
  Py_ssize_t position = 0;
  PyObject* name;
  while (PyDict_Next(fields, &position, &name, nullptr)) {
    if (PyDict_Contains(others, name) != 0) return true;
  }
  return false;
}

}  // namespace

Rewritten::~Rewritten() {
  for (Py_ssize_t index = 0; index < size_; ++index) {
    Py_DECREF(list_[index]);
    Py_DECREF(values_[index]);
  }
  Py_XDECREF(call.names);
}

bool Rewritten::add(PyObject* name, PyObject* value) {
  if (size_ == kMost) return false;
  list_[size_] = Py_NewRef(name);
  values_[size_++] = Py_NewRef(value);
  return true;
}

// Return what is known of a key that can be written as it is, or null.
const Key* Rewritten::find(const Lane* lane, PyObject* name) {
  if (!PyUnicode_CheckExact(name)) return nullptr;
  const Key* key = lane->keys.find(name);
  if (key == nullptr && KeyTable::takes(name)) unknown_ = true;
  return key != nullptr && key->plain ? key : nullptr;
}

// Say whether all keys of a dict may be compared without running code, and need no new name.
bool Rewritten::are_own(const Lane* lane, PyObject* fields, bool* own) {
  Py_ssize_t position = 0;
  PyObject* name;
  while (PyDict_Next(fields, &position, &name, nullptr)) {
    const Key* key = find(lane, name);
    if (key == nullptr) return false;
    if (!key->own) *own = false;
  }
  return true;
}

bool Rewritten::has(PyObject* name) const {
  for (Py_ssize_t index = 0; index < size_; ++index) {
    if (same(list_[index], name)) return true;
  }
  return false;
}

// Add earlier fields, but those that `over` or the call has: bound ones are over the context's.
bool Rewritten::add_earlier(const Call& given, PyObject* fields, PyObject* over) {
  Py_ssize_t position = 0;
  PyObject *name, *value;
  while (PyDict_Next(fields, &position, &name, &value)) {
    Parameters found;
    if (slot_of_parameter(name, found) != nullptr) return false;
    if (call_has(given, name) || (over != nullptr && PyDict_Contains(over, name) != 0)) continue;
    if (!add(name, value)) return false;
  }
  return true;
}

bool Rewritten::add_call(const Lane* lane, const Call& given) {
  for (Py_ssize_t index = 0; index < given.field_count(); ++index) {
    PyObject* name = PyTuple_GET_ITEM(given.names, index);
    const Key* key = find(lane, name);
    if (key == nullptr) return false;
    if (!key->own) {
      changed_ = true;
      PyObject** parameter = slot_of_parameter(name, parameters);
      if (parameter != nullptr) {
        PyObject* value = given.values[index];
        if (value != Py_None && value != Py_False) *parameter = value;
        continue;
      }
    }
    if (!add(name, given.values[index])) return false;
  }
  return true;
}

// Give reserved keys an underscore at their end; false: some field has that name already.
bool Rewritten::rename_keys(const Lane* lane, PyObject* bound, PyObject* around) {
  for (Py_ssize_t index = 0; index < size_; ++index) {
    const Key* key = lane->keys.find(list_[index]);
    if (key == nullptr) return false;
    if (key->own) continue;
    PyObject* fresh = PyUnicode_FromFormat("%U_", list_[index]);
    if (fresh == nullptr) {
      PyErr_Clear();
      return false;
    }
    const bool taken = has(fresh) || PyDict_Contains(bound, fresh) != 0 ||
                       (around != nullptr && PyDict_Contains(around, fresh) != 0);
    Py_SETREF(list_[index], fresh);
    if (taken) return false;
  }
  return true;
}

RARE Outcome Rewritten::make(const Lane* lane, const Call& given, PyObject* around_call) {
  if (merge(lane, given, around_call)) return Outcome::kGoOn;
  return unknown_ ? Outcome::kUnknownKey : Outcome::kNeedsPython;
}

bool Rewritten::merge(const Lane* lane, const Call& given, PyObject* around_call) {
  PyObject* bound = bound_of(lane, given.logger);
  PyObject* around = nullptr;
  if (around_call != Py_None) {
    if (Py_TYPE(around_call) != lane->context_type) return false;
    around = slot_of<PyObject>(around_call, lane->at.context_fields);
  }
  bool own = true;
  if (!are_own(lane, bound, &own) || (around != nullptr && !are_own(lane, around, &own))) {
    return false;
  }
  const bool merges = !own || share(given, bound) ||
                      (around != nullptr && (share(given, around) || share(bound, around)));
  if (merges) {
    changed_ = true;
    if (!add_earlier(given, bound, nullptr)) return false;
    if (around != nullptr && !add_earlier(given, around, bound)) return false;
  }
  if (!add_call(lane, given) || !changed_ || !rename_keys(lane, bound, around)) return false;
  PyObject* names = nullptr;
  if (size_ > 0) {
    names = PyTuple_New(size_);
    if (names == nullptr) {
      PyErr_Clear();
      return false;
    }
    for (Py_ssize_t index = 0; index < size_; ++index) {
      PyTuple_SET_ITEM(names, index, Py_NewRef(list_[index]));
    }
  }
  PyObject* logger = merges ? site_of(lane, given.logger) : given.logger;
  call = Call{logger, given.event, nullptr, 0, names, values_};
  context = merges ? Py_None : around_call;
  return true;
}

namespace {

bool is_plain(PyObject* value) {
  return PyUnicode_CheckExact(value) || PyLong_CheckExact(value) || PyFloat_CheckExact(value) ||
         PyBool_Check(value) || value == Py_None;
}

bool are_plain(PyObject* values) {
  if (values == nullptr || !PyTuple_CheckExact(values)) return false;
  for (Py_ssize_t index = 0; index < PyTuple_GET_SIZE(values); ++index) {
    if (!is_plain(PyTuple_GET_ITEM(values, index))) return false;
  }
  return true;
}

// The same of what the system has refused.
bool is_plain_refusal(PyObject* error) {
  auto* parts = reinterpret_cast<PyOSErrorObject*>(error);
  for (PyObject* part : {parts->myerrno, parts->strerror, parts->filename, parts->filename2}) {
    if (part != nullptr && !is_plain(part)) return false;
  }
  return true;
}

// Return what core puts into a text for an object: a plain value itself, or a message.
PyObject* argument_of(PyObject* value) {
  if (is_plain(value)) return Py_NewRef(value);
  return PyExceptionInstance_Check(value) ? message_of(value) : nullptr;
}

}  // namespace

RARE PyObject* message_of(PyObject* error) {
  if (!are_plain(reinterpret_cast<PyBaseExceptionObject*>(error)->args)) return nullptr;
  const reprfunc show = Py_TYPE(error)->tp_str;
  if (show != reinterpret_cast<PyTypeObject*>(PyExc_BaseException)->tp_str &&
      show != reinterpret_cast<PyTypeObject*>(PyExc_KeyError)->tp_str &&
      (show != reinterpret_cast<PyTypeObject*>(PyExc_OSError)->tp_str ||
       !is_plain_refusal(error))) {
    return nullptr;
  }
  return PyObject_Str(error);
}

RARE PyObject* format_event(const Call& call) {
  PyObject* text = nullptr;
  if (PyUnicode_CheckExact(call.event)) {
    PyObject* arguments = PyTuple_New(call.positional_count);
    bool plain = arguments != nullptr;
    for (Py_ssize_t index = 0; index < call.positional_count && plain; ++index) {
      PyObject* value = argument_of(call.positional[index]);
      plain = value != nullptr;
      PyTuple_SET_ITEM(arguments, index, value);
    }
    if (plain) text = PyUnicode_Format(call.event, arguments);
    Py_XDECREF(arguments);
  } else if (call.positional_count == 0 && PyExceptionInstance_Check(call.event)) {
    text = argument_of(call.event);
  }
  if (text == nullptr) (void)forget_exception();  // of ours: `str` runs handlers of signals
  return text;
}

}  // namespace foundation
