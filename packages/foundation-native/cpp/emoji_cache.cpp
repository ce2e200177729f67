#include "emoji_cache.h"

namespace foundation {
namespace {

// Longer texts are not kept: texts of any length would be no bound at all.
constexpr Py_ssize_t kLongestText = 64;
constexpr Py_ssize_t kLongestEmoji = 1024;  // bytes

bool is_plain_part(PyObject* part) {
  if (PyUnicode_CheckExact(part)) return PyUnicode_GET_LENGTH(part) <= kLongestText;
  if (PyLong_CheckExact(part)) {
    int beyond = 0;
    return PyLong_AsLongLongAndOverflow(part, &beyond) != -1 || beyond == 0;
  }
  return PyBool_Check(part) || part == Py_None;
}

// Equal in type and value: 1, 1.0 and True are three.
bool is_same(PyObject* left, PyObject* right) {
  if (left == right) return true;
  if (Py_TYPE(left) != Py_TYPE(right)) return false;
  if (!PyUnicode_CheckExact(left) && !PyLong_CheckExact(left)) return false;
  return PyObject_RichCompareBool(left, right, Py_EQ) == 1;
}

}  // namespace

bool EmojiKey::find_hash(uint64_t* hash) const {
  if (size_ > kMost) return false;
  uint64_t sum = 0;
  for (int index = 0; index < size_; ++index) {
    PyObject* part = parts_[index];
    uint64_t own;
    if (index == names_at_) {  // a tuple of names: it is one by its address
      own = reinterpret_cast<uintptr_t>(part) >> 4;
    } else if (is_plain_part(part)) {
      own = static_cast<uint64_t>(PyObject_Hash(part));
    } else {
      return false;
    }
    sum = (sum << 7 | sum >> 57) ^ own;
  }
  *hash = sum;
  return true;
}

void EmojiFields::remember(PyObject* name, PyObject* text, PyObject* const* given,
                           PyObject* found) {
  const EmojiFields old = *this;
  logger_name = Py_NewRef(name);
  event = Py_NewRef(text);
  for (int index = 0; index < size; ++index) values[index] = Py_NewRef(given[places[index]]);
  emoji = Py_NewRef(found);
  EmojiFields stale = old;
  stale.forget();
}

void EmojiFields::forget() {
  if (emoji == nullptr) return;
  Py_CLEAR(emoji);
  Py_CLEAR(logger_name);
  Py_CLEAR(event);
  for (int index = 0; index < size; ++index) Py_CLEAR(values[index]);
}

void EmojiFieldsTable::keep(PyObject* names, const EmojiFields& fields) {
  if (kFreeThreaded || PyTuple_GET_SIZE(names) > kMostNames) return;
  if (slots_ == nullptr) {
    slots_ = static_cast<EmojiFields*>(PyMem_Calloc(kSlots, sizeof(EmojiFields)));
    if (slots_ == nullptr) return;
  }
  EmojiFields& slot = slots_[place(names)];
  EmojiFields old = slot;
  slot = fields;
  slot.names = Py_NewRef(names);
  old.forget();
  Py_XDECREF(old.names);
}

void EmojiFieldsTable::clear() {
  EmojiFields* slots = slots_;
  slots_ = nullptr;
  if (slots == nullptr) return;
  for (size_t index = 0; index < kSlots; ++index) {
    slots[index].forget();
    Py_XDECREF(slots[index].names);
  }
  PyMem_Free(slots);
}

PyObject* EmojiCache::find(const EmojiKey& key) {
  uint64_t hash;
  if (!key.find_hash(&hash)) return nullptr;
  const Hold hold(mutex_);
  if (slots_ == nullptr) return nullptr;
  const Slot& slot = slots_[place(hash)];
  if (slot.size != key.size_ || slot.hash != hash) return nullptr;
  for (int index = 0; index < slot.size; ++index) {
    if (!is_same(slot.parts[index], key.parts_[index])) return nullptr;
  }
  return Py_XNewRef(slot.emoji);
}

void EmojiCache::keep(const EmojiKey& key, PyObject* emoji) {
  uint64_t hash;
  if (!key.find_hash(&hash) || PyBytes_GET_SIZE(emoji) > kLongestEmoji) return;
  const Hold hold(mutex_);
  if (slots_ == nullptr) {
    slots_ = static_cast<Slot*>(PyMem_Calloc(kSlots, sizeof(Slot)));
    if (slots_ == nullptr) return;
  }
  Slot& slot = slots_[place(hash)];
  const Slot old = slot;
  for (int index = 0; index < key.size_; ++index) {
    slot.parts[index] = Py_NewRef(key.parts_[index]);
  }
  slot.emoji = Py_NewRef(emoji);
  slot.hash = hash;
  slot.size = key.size_;
  if (old.emoji != nullptr) release(old);
}

void EmojiCache::clear() {
  Slot* slots;
  {
    const Hold hold(mutex_);
    generation_.add(1);
    slots = slots_;
    slots_ = nullptr;
  }
  if (slots == nullptr) return;
  for (size_t index = 0; index < kSlots; ++index) {
    if (slots[index].emoji != nullptr) release(slots[index]);
  }
  PyMem_Free(slots);
}

void EmojiCache::release(const Slot& slot) {
  for (int index = 0; index < slot.size; ++index) Py_DECREF(slot.parts[index]);
  Py_DECREF(slot.emoji);
}

}  // namespace foundation
