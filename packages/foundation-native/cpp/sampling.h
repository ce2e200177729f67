// Sampling: which calls are left out, and what they are counted by.
//
// Core's `_sampling` decides in Python; `SampledMethod` makes the same decision, with the same
// numbers in the same order, in front of the level methods of the compiled lanes. Both work on the
// same objects, and whatever is rare (a logger or an event that has not been met, a number to be
// told) is core's.
#pragma once

#include <Python.h>

#include <cstdint>

namespace foundation {

// Numbers that both halves count with, as a Python object: core's classes inherit from it where a
// compiled lane decides. The names are those of core's `EventCounter` and `Bucket`.
struct Numbers {
  PyObject_HEAD
  int64_t end;
  int64_t seen;
  int64_t left_out;
  int64_t due;
  int64_t full;
};

// What one level's calls of one logger are decided by: core's `Place`, taken apart.
struct Place {
  PyObject* object;   // owned, as all others are; null: no rule is for this logger, nor the rest
  PyObject* events;   // a dict of `Numbers`
  PyObject* dropped;  // core's counter of the first output
  PyObject* others;   // those of further outputs: a list; null: there are none
  // Of the events that came last: the very text of a call, and what counts it.
  static constexpr size_t kRecent = 8;
  PyObject* events_met[kRecent];
  Numbers* counters[kRecent];
  Numbers* bucket;
  Numbers* shared;      // counts all events that are not met yet; null: they are to be met
  int64_t shared_until;  // then core looks for room again
  int64_t first;
  int64_t thereafter;  // 0: none
  int64_t window;      // nanoseconds, as the next
  int64_t interval;    // of one token; 0: events are counted

  // Return what counts an event whose very text has come before, or null.
  Numbers* find_recent(PyObject* event) const {
    const size_t index = recent(event);
    return events_met[index] == event ? counters[index] : nullptr;
  }
  void remember(PyObject* event, Numbers* counter) {
    const size_t index = recent(event);
    Py_INCREF(event);
    Py_INCREF(counter);
    PyObject* older = events_met[index];
    Numbers* its_counter = counters[index];
    events_met[index] = event;
    counters[index] = counter;
    Py_XDECREF(older);
    Py_XDECREF(its_counter);
  }

 private:
  static size_t recent(PyObject* event) {
    const auto address = reinterpret_cast<uintptr_t>(event);
    return (address >> 4 ^ address >> 7) & (kRecent - 1);
  }
};

// The places of loggers, by the address of what all loggers of a name share. It is used under the
// GIL only; a place stays where it is until all are forgotten.
class PlaceTable {
 public:
  PlaceTable() = default;
  ~PlaceTable() { clear(); }
  PlaceTable(const PlaceTable&) = delete;
  PlaceTable& operator=(const PlaceTable&) = delete;

  // Return the place of a logger, or null: it has not been met.
  Place* find(PyObject* site) const {
    if (slots_ == nullptr) return nullptr;
    for (size_t index = index_of(site);; ++index) {
      const Slot& slot = slots_[index & mask_];
      if (slot.site == site) return slot.place;
      if (slot.site == nullptr) return nullptr;
    }
  }

  // Add the place of a logger that has none, of core's object or of None. Null: an error is set.
  Place* add(PyObject* site, PyObject* object, PyTypeObject* numbers_type,
             PyTypeObject* counter_type);

  void clear();
  int traverse(visitproc visit, void* arg) const;

 private:
  struct Slot {
    PyObject* site;  // owned, so that no other gets its address; null: the slot is free
    Place* place;    // owned
  };

  static size_t index_of(PyObject* site) {
    const auto address = reinterpret_cast<uintptr_t>(site);
    return address >> 4 ^ address >> 12;
  }
  bool grow();

  Slot* slots_ = nullptr;
  size_t mask_ = 0;  // the number of slots, less one
  size_t used_ = 0;
};

// Take a token of a rate limit, if there is one, at a time in nanoseconds.
inline bool takes_token(const Place& place, int64_t now) {
  int64_t full = place.bucket->full;
  if (full < now) full = now;
  full += place.interval;
  if (full - now > place.window) return false;
  place.bucket->full = full;
  return true;
}

// Say whether a call is left out, at a time in nanoseconds, and count it but for core's counters.
inline bool leaves_out(const Place& place, Numbers& counter, int64_t now) {
  if (place.interval != 0) return !takes_token(place, now);
  if (now >= counter.end) {
    counter.end = now + place.window;
    counter.seen = 0;
  }
  const int64_t beyond = ++counter.seen - place.first;
  return beyond > 0 && (place.thereafter == 0 || beyond % place.thereafter != 0);
}

int add_numbers_type(PyObject* module);

}  // namespace foundation
