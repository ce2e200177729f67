#include "keys.h"

#include <cstring>

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

void KeyTable::place(Key* slots, size_t mask, const Key& key) {
  size_t index = static_cast<size_t>(key.hash);
  while (slots[index & mask].name != nullptr) ++index;
  slots[index & mask] = key;
}

bool KeyTable::has_room() {
  if (used_ < kMost) return true;
  if (++turned_away_ <= kMostTurnedAway) return false;
  clear();
  return true;
}

bool KeyTable::make_room() {
  if (slots_ != nullptr && 2 * (used_ + 1) <= mask_ + 1) return true;
  const size_t size = slots_ == nullptr ? kFewest : 2 * (mask_ + 1);
  Key* fresh = static_cast<Key*>(PyMem_Calloc(size, sizeof(Key)));
  if (fresh == nullptr) {
    PyErr_NoMemory();
    return false;
  }
  for (size_t index = 0; slots_ != nullptr && index <= mask_; ++index) {
    if (slots_[index].name != nullptr) place(fresh, size - 1, slots_[index]);
  }
  PyMem_Free(slots_);
  slots_ = fresh;
  mask_ = size - 1;
  return true;
}

bool KeyTable::add(PyObject* name, PyObject* text, PyObject* inner, bool plain, bool own,
                   bool secret, bool affects_emoji) {
  if (find(name) != nullptr || used_ >= kMost) return true;  // by another thread, meanwhile
  if (!make_room()) return false;
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
  key.affects_emoji = affects_emoji;
  key.name = Py_NewRef(name);
  place(slots_, mask_, key);
  ++used_;
  return true;
}

void KeyTable::clear() {
  Key* slots = slots_;
  const size_t mask = mask_;
  slots_ = nullptr;
  used_ = mask_ = turned_away_ = 0;
  if (slots == nullptr) return;
  for (size_t index = 0; index <= mask; ++index) {
    if (slots[index].name == nullptr) continue;
    Py_DECREF(slots[index].name);
    PyMem_Free(slots[index].text);
    PyMem_Free(slots[index].inner);
  }
  PyMem_Free(slots);
}

}  // namespace foundation
