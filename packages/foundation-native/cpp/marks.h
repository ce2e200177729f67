// The emoji of lines, by what they depend on: the logger's name, the event and a few values.
#pragma once

#include <Python.h>

#include <cstdint>

namespace foundation {

// Which of the names in a tuple are those of fields that markers look at, and what the last line
// with these names was given. A call that is written out has the same tuple each time, and mostly
// the same constants, so a few addresses say what a look at each name and value would.
struct Shape {
  static constexpr int kMost = 5;

  PyObject* names;        // owned: so no other tuple gets its address
  PyObject* logger_name;  // owned, as what follows: exact built-in types that cannot change
  PyObject* event;
  PyObject* values[kMost];
  PyObject* answer;  // null: nothing is remembered
  int size;          // -1: there are too many
  int16_t places[kMost];

  // Return, borrowed, what this very line was given, or null.
  PyObject* recall(PyObject* name, PyObject* text, PyObject* const* given) const {
    if (answer == nullptr || logger_name != name || event != text) return nullptr;
    for (int index = 0; index < size; ++index) {
      if (values[index] != given[places[index]]) return nullptr;
    }
    return answer;
  }
  // Remember an answer that a `MarkTable` holds.
  void remember(PyObject* name, PyObject* text, PyObject* const* given, PyObject* found);
  void forget();
};

class ShapeTable {
 public:
  ShapeTable() = default;
  ~ShapeTable() { clear(); }
  ShapeTable(const ShapeTable&) = delete;
  ShapeTable& operator=(const ShapeTable&) = delete;

  // Return what is known of this very tuple, or null.
  Shape* find(PyObject* names) const {
    if (slots_ == nullptr) return nullptr;
    Shape& slot = slots_[place(names)];
    return slot.names == names ? &slot : nullptr;
  }
  // Remember a shape, without its names, in the place of another; without memory, do not.
  void keep(PyObject* names, const Shape& shape);
  void clear();

 private:
  static constexpr size_t kSlots = 256;
  static constexpr Py_ssize_t kMostNames = 64;  // each of which is known, and so not long

  static size_t place(PyObject* names) {
    const auto address = reinterpret_cast<uintptr_t>(names);
    return (address >> 4 ^ address >> 12) & (kSlots - 1);
  }

  Shape* slots_ = nullptr;
};

// What the marker of one line depends on; all of it is borrowed.
class Question {
 public:
  Question(PyObject* logger_name, PyObject* event) {
    put(logger_name);
    put(event);
  }

  // Add a field that markers look at.
  void add(PyObject* name, PyObject* value) {
    put(name);
    put(value);
  }
  // Add those of a call whose names are known by the tuple that holds them.
  void add(const Shape& shape, PyObject* const* values) {
    names_at_ = size_;
    put(shape.names);
    for (int index = 0; index < shape.size; ++index) put(values[shape.places[index]]);
  }

 private:
  friend class MarkTable;
  static constexpr int kMost = 12;  // parts: the two texts, and two for each of five fields

  void put(PyObject* part) {
    if (size_ >= 0 && size_ < kMost) {
      parts_[size_++] = part;
    } else {
      size_ = kMost + 1;  // too many: the answer is not remembered
    }
  }
  // Find the hash of the values. False: the answer is not to be remembered.
  bool weigh(uint64_t* hash) const;

  PyObject* parts_[kMost];
  int size_ = 0;
  int names_at_ = -1;  // which of the parts is a shape's own tuple
};

// A bounded table in which a new answer takes the place of one with the same index. It owns what it
// holds: exact built-in types whose values cannot change and whose hash and comparison run no code
// of anybody's. Used under the GIL only.
class MarkTable {
 public:
  MarkTable() = default;
  ~MarkTable() { clear(); }
  MarkTable(const MarkTable&) = delete;
  MarkTable& operator=(const MarkTable&) = delete;

  // Return the answer, borrowed, or null.
  PyObject* find(const Question& question) const;
  // Remember an answer, unless it is not to be remembered or there is no memory for it.
  void keep(const Question& question, PyObject* answer);
  void clear();

  // Counts up with each `clear`: an answer that was asked for before it is not to be kept.
  uint64_t age() const { return age_; }

 private:
  static constexpr int kBits = 9;
  static constexpr size_t kSlots = size_t{1} << kBits;

  struct Slot {
    PyObject* parts[Question::kMost];  // owned
    PyObject* answer;                  // owned; null: the slot is empty
    uint64_t hash;
    int size;
  };

  static size_t place(uint64_t hash) { return hash * 0x9e3779b97f4a7c15u >> (64 - kBits); }
  static void release(const Slot& slot);

  Slot* slots_ = nullptr;
  uint64_t age_ = 0;
};

}  // namespace foundation
