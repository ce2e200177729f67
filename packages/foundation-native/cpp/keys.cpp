#include <cstring>

#include "keys.h"

namespace foundation {
namespace {

char* copy_bytes(PyObject* bytes, uint32_t* size) {
  const size_t length = static_cast<size_t>(PyBytes_GET_SIZE(bytes));
  char* copy = static_cast<char*>(PyMem_Malloc(length + 1));
  if (copy == nullptr) {
    PyErr_NoMemory();
    return nullptr;
  }
  std::memcpy(copy, PyBytes_AS_STRING(bytes), length);
  *size = static_cast<uint32_t>(length);
  return copy;
}

}  // namespace

bool KeyTable::learn(PyObject* name, PyObject* text, PyObject* inner, bool plain, bool own,
                     bool secret, bool marking) {
  if (used_ >= kMost) clear();
  if (slots_ == nullptr) {
    slots_ = static_cast<Key*>(PyMem_Calloc(kSlots, sizeof(Key)));
    if (slots_ == nullptr) {
      PyErr_NoMemory();
      return false;
    }
  }
  Key key{};
  key.text = copy_bytes(text, &key.text_size);
  if (key.text == nullptr) return false;
  key.inner = copy_bytes(inner, &key.inner_size);
  if (key.inner == nullptr) {
    PyMem_Free(key.text);
    return false;
  }
  key.hash = PyObject_Hash(name);
  key.bit = uint64_t{1} << (static_cast<size_t>(key.hash) & 63);
  key.plain = plain;
  key.own = own;
  key.secret = secret;
  key.marking = marking;
  size_t index = static_cast<size_t>(key.hash);
  while (slots_[index & (kSlots - 1)].name != nullptr) {
    const Key& slot = slots_[index & (kSlots - 1)];
    if (slot.hash == key.hash && same(slot.name, name)) {  // by another thread, meanwhile
      PyMem_Free(key.text);
      PyMem_Free(key.inner);
      return true;
    }
    ++index;
  }
  Py_INCREF(name);
  key.name = name;
  slots_[index & (kSlots - 1)] = key;
  ++used_;
  return true;
}

void KeyTable::clear() {
  Key* slots = slots_;
  slots_ = nullptr;
  used_ = 0;
  if (slots == nullptr) return;
  for (size_t index = 0; index < kSlots; ++index) {
    if (slots[index].name == nullptr) continue;
    Py_DECREF(slots[index].name);
    PyMem_Free(slots[index].text);
    PyMem_Free(slots[index].inner);
  }
  PyMem_Free(slots);
}

}  // namespace foundation
