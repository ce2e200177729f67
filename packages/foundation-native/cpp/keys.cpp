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

void KeyTable::place(Slots* slots, const Key& key, PyObject* name) {
  size_t index = static_cast<size_t>(key.hash);
  while (slots->keys[index & slots->mask].name != nullptr) ++index;
  Key& slot = slots->keys[index & slots->mask];
  slot.hash = key.hash;
  slot.text = key.text;
  slot.inner = key.inner;
  slot.text_size = key.text_size;
  slot.inner_size = key.inner_size;
  slot.bit = key.bit;
  slot.plain = key.plain;
  slot.own = key.own;
  slot.secret = key.secret;
  slot.special = key.special;
  slot.affects_emoji = key.affects_emoji;
  slot.name = name;
}

bool KeyTable::has_room() {
  const Hold hold(mutex_);
  if (used_ < kMost) return true;
  if (++turned_away_ <= kMostTurnedAway) return false;
  if (kFreeThreaded && emptied_ >= kMostEmptied) return false;
  ++emptied_;
  empty();
  return true;
}

bool KeyTable::make_room() {
  Slots* slots = slots_;
  if (slots != nullptr && 2 * (used_ + 1) <= slots->mask + 1) return true;
  const size_t size = slots == nullptr ? kFewest : 2 * (slots->mask + 1);
  void* memory = PyMem_Calloc(1, sizeof(Slots) + size * sizeof(Key));
  if (memory == nullptr) {
    PyErr_NoMemory();
    return false;
  }
  auto* fresh = static_cast<Slots*>(memory);
  fresh->mask = size - 1;
  for (size_t index = 0; slots != nullptr && index <= slots->mask; ++index) {
    const Key& key = slots->keys[index];
    if (key.name != nullptr) place(fresh, key, key.name);
  }
  slots_ = fresh;
  retire(slots, false);
  return true;
}

bool KeyTable::add(PyObject* name, PyObject* text, PyObject* inner, bool plain, bool own,
                   bool secret, bool affects_emoji) {
  const Hold hold(mutex_);
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
  key.special = secret || has_colors_;
  key.affects_emoji = affects_emoji;
  place(slots_, key, Py_NewRef(name));
  used_.add(1);
  return true;
}

void KeyTable::free_keys(Slots* slots) {
  for (size_t index = 0; index <= slots->mask; ++index) {
    PyObject* name = slots->keys[index].name;
    if (name == nullptr) continue;
    Py_DECREF(name);
    PyMem_Free(slots->keys[index].text);
    PyMem_Free(slots->keys[index].inner);
  }
}

void KeyTable::retire(Slots* slots, bool is_last) {
  if (slots == nullptr) return;
  slots->is_last = is_last;
  if (kFreeThreaded) {
    slots->older = older_;
    older_ = slots;
    return;
  }
  if (is_last) free_keys(slots);
  PyMem_Free(slots);
}

void KeyTable::empty() {
  Slots* slots = slots_;
  slots_ = nullptr;
  used_ = 0;
  turned_away_ = 0;
  retire(slots, true);
}

KeyTable::~KeyTable() {
  empty();
  while (older_ != nullptr) {
    Slots* slots = older_;
    older_ = slots->older;
    if (slots->is_last) free_keys(slots);
    PyMem_Free(slots);
  }
}

}  // namespace foundation
