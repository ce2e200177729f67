// The members of a line: exact strings, numbers, booleans, None, and exact containers of them.
#pragma once

#include <Python.h>

#include "buffer.h"
#include "lane.h"
#include "text.h"

namespace foundation {

// One line in the making. No Python code runs while fields are put into it, so whatever they
// refer to stays alive and unchanged; what would need some ends the attempt.
class Line {
 public:
  explicit Line(const Lane* lane) : lane_(lane), nodes_(lane->most_items) {}
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  // Put one field.
  Outcome put_field(PyObject* name, PyObject* value);
  // Put all fields of a dict.
  Outcome put_fields(PyObject* fields);
  // Say whether so many fields that were rendered ahead are within the budget.
  bool spend(Py_ssize_t fields) { return (nodes_ -= fields) >= 0; }
  // Put a text as this format has values.
  Outcome put_text(PyObject* text);

  // The bits of the keys that have been put.
  uint64_t keys() const { return keys_; }
  void forget_keys() { keys_ = 0; }
  // Whether one of the keys may change the line's emoji.
  bool marking() const { return marking_; }
  // Whether a value came by that may change.
  bool met_container() const { return met_container_; }

  Buffer out;

 private:
  Outcome put_value(PyObject* value);
  Outcome put_json(PyObject* value, int depth);
  Outcome put_mapping(PyObject* mapping, int depth);
  Outcome put_sequence(PyObject* sequence, int depth);
  Outcome put_checked_text(PyObject* text);
  Outcome put_mask();

  const Lane* lane_;
  uint64_t keys_ = 0;
  Py_ssize_t nodes_;  // what is left of the budget for fields and items of containers
  bool met_container_ = false;
  bool marking_ = false;
};

// The keys of a line that the lane does not know yet, collected in one pass: what a line costs must
// not be multiplied by how many they are.
class Strangers {
 public:
  explicit Strangers(Lane* lane) : lane_(lane), nodes_(lane->most_items) {}
  ~Strangers() {
    forget(fields_);
    forget(inner_);
  }
  Strangers(const Strangers&) = delete;
  Strangers& operator=(const Strangers&) = delete;

  // Collect from one field, or from all of a dict. No Python code runs.
  void meet(PyObject* name, PyObject* value);
  void meet_all(PyObject* fields);

  // Ask core about them. False: an error is set.
  bool learn();
  // Whether some of them are still unknown: there were too many, or no room for them.
  bool remain() const { return remain_; }

 private:
  static constexpr int kMost = 32;  // of each kind, from one line

  struct Names {
    PyObject* names[kMost];  // owned
    int size = 0;
  };

  void note(Names& found, const KeyTable& keys, PyObject* name);
  void visit(PyObject* value, int depth);
  bool learn(Names& found, KeyTable& keys);
  static void forget(Names& found);

  Lane* lane_;
  Names fields_;
  Names inner_;  // keys inside of values
  Py_ssize_t nodes_;
  bool remain_ = false;
};

}  // namespace foundation
