// Lines for people: what stands around an event in compact and at a terminal.
//
// Colours are the same bytes for each level, key and logger, so core gives them with the texts that
// it gives anyway. What closes the colour of one member of a line leads the next: the bytes of a key
// begin with it, and `end` does. At a terminal spaces behind the event align what follows, and core
// says how many columns an event takes that is not ASCII.
#pragma once

#include <Python.h>

#include <cstdint>

namespace foundation {

// How many columns an event takes behind its emoji: of a few events, by their addresses.
class WidthTable {
 public:
  WidthTable() = default;
  ~WidthTable() { clear(); }
  WidthTable(const WidthTable&) = delete;
  WidthTable& operator=(const WidthTable&) = delete;

  // Return what is known, or -1. `emoji` are bytes, or null.
  Py_ssize_t find(PyObject* event, PyObject* emoji) const {
    const Slot& slot = slots_[place(event)];
    return slot.event == event && slot.emoji == emoji ? slot.columns : -1;
  }
  // Keep it, in the place of another.
  void keep(PyObject* event, PyObject* emoji, Py_ssize_t columns);
  void clear();

 private:
  static constexpr size_t kSlots = 64;  // the last is for long events
  static constexpr Py_ssize_t kLongest = 64;

  struct Slot {
    PyObject* event;  // owned, as the emoji: so no other object gets its address
    PyObject* emoji;
    Py_ssize_t columns;
  };

  static size_t place(PyObject* event) {
    if (PyUnicode_GET_LENGTH(event) > kLongest) return kSlots - 1;
    const auto address = reinterpret_cast<uintptr_t>(event);
    return (address >> 4 ^ address >> 12) % (kSlots - 1);
  }

  Slot slots_[kSlots] = {};
};

struct People {
  PyObject* event_lead = nullptr;  // owned: bytes between the emoji and the event
  size_t close_size = 0;           // so many bytes of the line's end close its last member
  Py_ssize_t event_width = 0;      // 0: nothing is aligned
  WidthTable widths;

  ~People() { Py_XDECREF(event_lead); }
};

}  // namespace foundation
