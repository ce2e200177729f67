// What is known of the keys of fields, by the key: how it is written and whether it may be.
#pragma once

#include <Python.h>

#include <cstdint>
#include <cstring>

#include "layouts.h"
#include "threads.h"

namespace foundation {

struct Key {
  Shared<PyObject*> name;  // owned, an exact str
  Py_hash_t hash;
  char* text;   // owned: what stands in front of the value in a line
  char* inner;  // owned: the same inside of a value
  uint32_t text_size;
  uint32_t inner_size;
  uint64_t bit;        // one of 64, by the hash: two keys of a line rarely have the same
  bool plain;          // it can be written as it is
  bool own;            // it may be a field; else it is reserved, or a parameter of the call
  bool secret;         // the value is masked
  bool special;        // it is masked, or has a colour
  bool affects_emoji;  // the value may change the line's emoji
};

// A bounded table with open addressing: of so many keys, each of so many characters at most. While
// it is full, new keys are turned away, so that a flood of keys that never come again does not push
// out those that do. After `kMostTurnedAway` of them the program logs other keys now: it is
// emptied. Between finding a key and the last use of it nothing runs, under the GIL, that could
// change the table. Without one, a slot is filled before its name is stored, which makes it known;
// slots are replaced whole, and older ones kept, so the table is emptied a few times only.
class KeyTable {
 public:
  KeyTable() = default;
  ~KeyTable();
  KeyTable(const KeyTable&) = delete;
  KeyTable& operator=(const KeyTable&) = delete;

  // Return what is known of an exact str, or null.
  const Key* find(PyObject* name) const {
    const Slots* slots = slots_;
    if (slots == nullptr) return nullptr;
    Py_hash_t hash = kFreeThreaded ? -1 : known_hash(name);
    if (hash == -1) hash = PyObject_Hash(name);  // an exact str: it cannot fail
    for (size_t index = static_cast<size_t>(hash);; ++index) {
      const Key& slot = slots->keys[index & slots->mask];
      PyObject* known = slot.name;
      // Names of arguments are interned: nearly always it is the same object.
      if (known == name) return &slot;
      if (known == nullptr) return nullptr;
      if (slot.hash == hash && same(known, name)) return &slot;
    }
  }

  // Say whether a key may be remembered at all.
  static bool takes(PyObject* name) { return PyUnicode_GET_LENGTH(name) <= kLongest; }

  // Say whether new keys are turned away.
  bool is_full() const { return used_ >= kMost; }

  // Say whether there is room for one more key, which is turned away otherwise.
  bool has_room();

  // Add a key that it takes. False, with an error set: there is no memory.
  bool add(PyObject* name, PyObject* text, PyObject* inner, bool plain, bool own, bool secret,
           bool affects_emoji);

  // Have all values have colours. To be said before the first key is added.
  void use_colors() { has_colors_ = true; }

 private:
  static constexpr size_t kFewest = 64;
  static constexpr size_t kMost = 1024;  // keys; half of the slots are free
  static constexpr size_t kMostTurnedAway = 4096;
  static constexpr Py_ssize_t kLongest = 64;

  static bool same(PyObject* left, PyObject* right) {
    const Py_ssize_t length = PyUnicode_GET_LENGTH(left);
    return length == PyUnicode_GET_LENGTH(right) && PyUnicode_KIND(left) == PyUnicode_KIND(right) &&
           std::memcmp(PyUnicode_DATA(left), PyUnicode_DATA(right),
                       static_cast<size_t>(length) * PyUnicode_KIND(left)) == 0;
  }

  static constexpr int kMostEmptied = 8;  // times, where older slots are kept

  struct Slots {
    size_t mask;    // the number of slots, less one
    Slots* older;   // kept for those who may still look at them
    bool is_last;   // of its keys: those of all others have come into newer slots
    Key keys[1];
  };

  // Put a key, which is not there, into a free slot: its name comes last.
  static void place(Slots* slots, const Key& key, PyObject* name);
  static void free_keys(Slots* slots);
  // Make room for one more key. False, with an error set: there is no memory.
  bool make_room();

  void empty();
  void retire(Slots* slots, bool is_last);

  Shared<Slots*> slots_{nullptr};
  Slots* older_ = nullptr;
  Shared<size_t> used_{0};
  int emptied_ = 0;
  bool has_colors_ = false;
  Mutex mutex_;
  size_t turned_away_ = 0;  // since it was full
};

}  // namespace foundation
