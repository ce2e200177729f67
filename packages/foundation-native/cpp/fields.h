// The members of a line: the values of fields, as `_record/values.py` has them.
#pragma once

#include <Python.h>

#include "buffer.h"
#include "lane.h"
#include "numbers.h"
#include "questions.h"
#include "text.h"

namespace foundation {

// One line in the making. No Python code runs while fields are put into it, so whatever they
// refer to stays alive and unchanged; what would need some is noted in `questions`, or ends the
// attempt.
class Line {
 public:
  Line(const Lane* lane, Questions* questions)
      : lane_(lane), questions_(questions), nodes_(lane->most_nodes), fields_(lane->most_fields) {}
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  // Put one field.
  Encoding put_field(PyObject* name, PyObject* value);
  // Put all fields of a dict.
  Encoding put_fields(PyObject* fields);
  // Say whether so many fields that were encoded before are within the budget.
  bool spend(Py_ssize_t fields) { return (fields_ -= fields) >= 0; }
  // Put a text as this format has values.
  Encoding put_text(PyObject* text);
  // Put plain data, as core gives it, or bytes that are encoded.
  Encoding put_plain(PyObject* form);

  // Say whether the line is too long if so many bytes more are taken.
  bool is_beyond(Py_ssize_t more) const {
    return more > 0 && static_cast<Py_ssize_t>(out.size()) + more > lane_->longest_line - kSpare;
  }

  // The bits of the keys that have been put.
  uint64_t keys() const { return keys_; }
  void forget_keys() { keys_ = 0; }
  // Remember where the event ends.
  void mark_event() { event_end_ = out.size(); }
  // Open the object of the fields, once they have been put, and put what closes it: that may begin
  // with more members, each behind a comma. False: there is no memory.
  bool close_fields(const char* ending, size_t size);

  // Whether one of the keys may change the line's emoji.
  bool affects_emoji() const { return affects_emoji_; }
  // Whether a value came by that may change.
  bool saw_container() const { return saw_container_; }

  Buffer out;

 private:
  static constexpr Py_ssize_t kSpare = 4096;  // for what follows the fields

  class Nested;

  // A value is at the top of a line, or within the containers `open_`; there, all formats have
  // JSON. `kAskValue`: whoever holds it may ask core about it, or be asked about itself.
  Encoding put_value(PyObject* value);
  Encoding put_json(PyObject* value);
  Encoding put_item(PyObject* value);
  Encoding put_member(PyObject* name, PyObject* value, bool more);
  Encoding put_mapping(PyObject* mapping);
  Encoding put_sequence(PyObject* sequence);
  Encoding put_pair(PyObject* pair);
  Encoding put_mask();
  // Put the value of a key that is masked, or whose values have colours.
  Encoding put_special(const Key& key, PyObject* value);

  // Numbers; those that JSON has no number for are rare.
  Encoding put_int(PyObject* number);
  Encoding put_big_int(PyObject* number);
  Encoding put_float(double value);
  Encoding put_no_number(double value);

  // Objects, by the plans of their types: objects.cpp and records.cpp.
  Encoding put_object(PyObject* value);
  Encoding put_foreign(PyObject* value, const Plan* plan);
  Encoding put_string(PyObject* text);
  Encoding put_new_string(PyObject* text);
  Encoding put_word(const char* text, size_t size);
  Encoding put_octets(PyObject* octets);
  Encoding put_unique(PyObject* value);
  Encoding put_enum(PyObject* member);
  Encoding put_moment(PyObject* value, Writing writing);
  Encoding put_exception(PyObject* error, const Plan* plan);
  Encoding put_path(PyObject* path);
  Encoding put_address(PyObject* address);
  Encoding put_set(PyObject* set);
  Encoding put_array(PyObject* array);
  Encoding put_record(PyObject* record, const Plan* plan);
  Encoding put_named_tuple(PyObject* items, const Plan* plan);

  // Answers of core's: answers.cpp.
  Encoding ask(PyObject* value, bool pair);
  Encoding put_answer(const Question& question);

  bool is_bare() const { return open_ == nullptr && lane_->format != Format::kJson; }
  bool is_open(PyObject* container) const;

  const Lane* lane_;
  Questions* questions_;
  const Open* open_ = nullptr;
  uint64_t keys_ = 0;
  Py_ssize_t nodes_;   // what is left of the budget for items of containers
  Py_ssize_t fields_;  // and of that for fields
  size_t event_end_ = 0;
  bool saw_container_ = false;
  bool affects_emoji_ = false;
};

// A container that is being put: within the budget, and not within itself.
class Line::Nested {
 public:
  Nested(Line& line, PyObject* container, Py_ssize_t size);
  ~Nested() { line_.open_ = here_.outer; }
  Nested(const Nested&) = delete;
  Nested& operator=(const Nested&) = delete;

  // What became of it: `kEncoded` says that its items may be put. Or an answer of core's is there.
  Encoding state() const { return state_; }
  bool is_answered() const { return answered_; }
  // Take back what has been put of it, and leave it to who holds it.
  Encoding give_up();

 private:
  Line& line_;
  Open here_;
  size_t start_;
  Py_ssize_t nodes_;
  int questions_ = 0;
  Encoding state_ = Encoding::kEncoded;
  bool answered_ = false;
};

// Write an integer of 64 bits, signed. False: it is larger, or there is no memory.
inline Encoding Line::put_int(PyObject* number) {
  int32_t small;
  if (read_small(number, &small) && out.reserve(16)) {
    out.advance_to(put_small(out.cursor(), small));
    return Encoding::kEncoded;
  }
  int overflow = 0;
  const long long value = PyLong_AsLongLongAndOverflow(number, &overflow);
  if (overflow != 0 || !out.reserve(24)) return put_big_int(number);
  out.advance_to(std::to_chars(out.cursor(), out.cursor() + 24, value).ptr);
  return Encoding::kEncoded;
}

inline Encoding Line::put_float(double value) {
  if (!std::isfinite(value)) return put_no_number(value);
  return foundation::put_float(out, value, lane_->plus_in_exponent) ? Encoding::kEncoded
                                                                    : Encoding::kNeedsPython;
}

}  // namespace foundation
