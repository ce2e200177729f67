// The emoji prefixes of lines, kept by what they depend on: the logger's name, the event and the
// values of a few fields.
//
// There are two caches, both bounded. `EmojiCache` finds the emoji by the texts and values of a
// line (its cache key). In front of it, `EmojiFieldsTable` knows the tuple of names that the
// interpreter passes with a call: a call that is written out has the same tuple each time, and
// mostly the same constants, so that a few addresses tell that a line is like the last one from
// there. That one is left out where threads run at once: each line would change it.
#pragma once

#include <Python.h>

#include <cstdint>

#include "threads.h"

namespace foundation {

// Which fields of a call, by the tuple of their names, the emoji depend on; and the values and the
// emoji of the last line that had this tuple.
struct EmojiFields {
  static constexpr int kMost = 5;

  PyObject* names;        // owned: so no other tuple gets its address
  PyObject* logger_name;  // owned, as what follows: exact built-in types that cannot change
  PyObject* event;
  PyObject* values[kMost];
  PyObject* emoji;  // null: no line is remembered
  int size;         // -1: there are too many
  int16_t places[kMost];

  // Return, borrowed, the emoji of the last line if this one is like it, or null.
  PyObject* last_emoji(PyObject* name, PyObject* text, PyObject* const* given) const {
    if (emoji == nullptr || logger_name != name || event != text) return nullptr;
    for (int index = 0; index < size; ++index) {
      if (values[index] != given[places[index]]) return nullptr;
    }
    return emoji;
  }
  // Remember a line and its emoji, which an `EmojiCache` holds.
  void remember(PyObject* name, PyObject* text, PyObject* const* given, PyObject* found);
  void forget();
};

class EmojiFieldsTable {
 public:
  EmojiFieldsTable() = default;
  ~EmojiFieldsTable() { clear(); }
  EmojiFieldsTable(const EmojiFieldsTable&) = delete;
  EmojiFieldsTable& operator=(const EmojiFieldsTable&) = delete;

  // Return what is known of this very tuple, or null.
  EmojiFields* find(PyObject* names) const {
    if (kFreeThreaded || slots_ == nullptr) return nullptr;
    EmojiFields& slot = slots_[place(names)];
    return slot.names == names ? &slot : nullptr;
  }
  // Keep what is known of a tuple, in the place of another; without memory, do not.
  void keep(PyObject* names, const EmojiFields& fields);
  void clear();

 private:
  static constexpr size_t kSlots = 256;
  static constexpr Py_ssize_t kMostNames = 64;  // each of which is known, and so not long

  static size_t place(PyObject* names) {
    const auto address = reinterpret_cast<uintptr_t>(names);
    return (address >> 4 ^ address >> 12) & (kSlots - 1);
  }

  EmojiFields* slots_ = nullptr;
};

// The cache key: all that the emoji of one line depend on. It borrows its parts.
class EmojiKey {
 public:
  EmojiKey(PyObject* logger_name, PyObject* event) {
    put(logger_name);
    put(event);
  }

  // Add a field that the emoji depend on.
  void add(PyObject* name, PyObject* value) {
    put(name);
    put(value);
  }
  // Add those of a call whose names are known by the tuple that holds them.
  void add(const EmojiFields& fields, PyObject* const* values) {
    names_at_ = size_;
    put(fields.names);
    for (int index = 0; index < fields.size; ++index) put(values[fields.places[index]]);
  }

 private:
  friend class EmojiCache;
  static constexpr int kMost = 12;  // parts: the two texts, and two for each of five fields

  void put(PyObject* part) {
    if (size_ >= 0 && size_ < kMost) {
      parts_[size_++] = part;
    } else {
      size_ = kMost + 1;  // too many: the emoji are not kept
    }
  }
  // Find the hash of the parts. False: this line's emoji are not to be kept.
  bool find_hash(uint64_t* hash) const;

  PyObject* parts_[kMost];
  int size_ = 0;
  int names_at_ = -1;  // which of the parts is a tuple of names
};

// A bounded table in which new emoji take the place of those with the same index. It owns what it
// holds: exact built-in types whose values cannot change and whose hash and comparison run no
// Python code. Without a GIL one thread at a time looks into it.
class EmojiCache {
 public:
  EmojiCache() = default;
  ~EmojiCache() { clear(); }
  EmojiCache(const EmojiCache&) = delete;
  EmojiCache& operator=(const EmojiCache&) = delete;

  // Return the emoji (bytes), a new reference, or null.
  PyObject* find(const EmojiKey& key);
  // Keep emoji, unless a part of the key may change or there is no memory for them.
  void keep(const EmojiKey& key, PyObject* emoji);
  void clear();

  // Counts up with each `clear`: emoji that were asked for before it are not to be kept.
  uint64_t generation() const { return generation_; }

 private:
  static constexpr int kBits = 9;
  static constexpr size_t kSlots = size_t{1} << kBits;

  struct Slot {
    PyObject* parts[EmojiKey::kMost];  // owned
    PyObject* emoji;                   // owned; null: the slot is empty
    uint64_t hash;
    int size;
  };

  static size_t place(uint64_t hash) { return hash * 0x9e3779b97f4a7c15u >> (64 - kBits); }
  static void release(const Slot& slot);

  Slot* slots_ = nullptr;
  Shared<uint64_t> generation_{0};
  Mutex mutex_;
};

}  // namespace foundation
