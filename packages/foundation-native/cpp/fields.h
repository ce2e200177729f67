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
  Encoding put_field(PyObject* name, PyObject* value);
  // Put all fields of a dict.
  Encoding put_fields(PyObject* fields);
  // Say whether so many fields that were encoded before are within the budget.
  bool spend(Py_ssize_t fields) { return (nodes_ -= fields) >= 0; }
  // Put a text as this format has values.
  Encoding put_text(PyObject* text);

  // The bits of the keys that have been put.
  uint64_t keys() const { return keys_; }
  void forget_keys() { keys_ = 0; }
  // Whether one of the keys may change the line's emoji.
  bool affects_emoji() const { return affects_emoji_; }
  // Whether a value came by that may change.
  bool saw_container() const { return saw_container_; }

  Buffer out;

 private:
  Encoding put_value(PyObject* value);
  Encoding put_json(PyObject* value, int depth);
  Encoding put_mapping(PyObject* mapping, int depth);
  Encoding put_sequence(PyObject* sequence, int depth);
  Encoding put_checked_text(PyObject* text);
  Encoding put_mask();

  const Lane* lane_;
  uint64_t keys_ = 0;
  Py_ssize_t nodes_;  // what is left of the budget for fields and items of containers
  bool saw_container_ = false;
  bool affects_emoji_ = false;
};

}  // namespace foundation
