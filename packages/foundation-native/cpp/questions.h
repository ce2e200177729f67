// What core has to be asked about the values of one line, and what it has answered.
//
// Some values are written by Python code: core's own, or the user's `__repr__`. None of it runs
// while a line is put together. An attempt notes what it would have to ask, and ends; then core is
// asked, and a new attempt, which looks at everything anew, puts the answers in their places. So
// whatever such code does (log, change a container, raise) happens between two attempts, and what
// a line refers to stays alive and unchanged while it is made.
#pragma once

#include <Python.h>

#include <cstdint>
#include <cstring>

#include "lane.h"
#include "rare.h"

namespace foundation {

// So often an attempt is made again, because keys, types, values, a logger, a context or the emoji
// had to be looked at first: once for each of them, again for types within types, and again should
// another thread have changed it meanwhile.
constexpr int kMostAttempts = 10;

// The containers that a value stands in: each in its caller's.
struct Open {
  PyObject* container;
  const Open* outer;
  int depth;  // of what stands in it
};

struct Question {
  PyObject* value;   // owned
  PyObject* around;  // owned: a tuple of the containers, the innermost first
  bool pair;         // it is an item of a list, and perhaps a header
  bool logfmt;       // a line of that format has asked
  Py_ssize_t nodes;  // the budget that is left
  Py_ssize_t room;
  PyObject* answer;  // owned; null: not asked yet. Plain data, or bytes that are encoded
  Py_ssize_t nodes_used;
  Py_ssize_t room_used;
};

class Details;

class Questions {
 public:
  // `answers`: whether core is going to be asked about values; else about types alone.
  explicit Questions(bool answers) : state_{0, 0, 0, 0, false, answers, false, false} {}
  ~Questions() {
    if (in_use()) forget_all();
  }
  Questions(const Questions&) = delete;
  Questions& operator=(const Questions&) = delete;

  // Forget what is open, and the answers unless they are kept: the call is made another.
  RARE void start_over(bool keep_answers);

  // Say which format asks from now on: logfmt has containers in quotes, and shares only the rest.
  void ask_for(Format format) { state_.logfmt = format == Format::kLogfmt; }

  // Whether an attempt has left something open, and so has not made the line.
  bool incomplete() const { return state_.incomplete; }
  bool has_answers() const { return state_.values != 0; }
  int size() const { return state_.values; }
  // Whether there is anything at all.
  bool in_use() const {
    uint32_t counts;  // one look for all of them
    std::memcpy(&counts, &state_, sizeof counts);
    return counts != 0;
  }
  // Carry what stands behind the fields of this line. It is here because a common line is looked at
  // for questions anyway, and so pays nothing for having none.
  void carry(const Details* details) {
    state_.details = 1;
    details_ = details;
  }
  const Details* details() const { return state_.details != 0 ? details_ : nullptr; }
  // What core has taken of the budget for texts beyond what it has given.
  void add_surplus(Py_ssize_t more) {
    if (more > 0) surplus_ += more;
  }
  Py_ssize_t surplus() const { return state_.values != 0 ? surplus_ : 0; }

  // Return what is known of a value at its place, or null.
  const Question* find(PyObject* value, const Open* open, bool pair) const;
  // Note a value. False: there are too many, or nobody will be asked.
  bool note(PyObject* value, const Open* open, bool pair, Py_ssize_t nodes, Py_ssize_t room);
  // Forget the last values: what they stand in is asked about.
  void forget_from(int first);
  // Note a type. What its values hold is not looked at in this attempt.
  void note_type(PyTypeObject* type);

  // Ask core. False: an error is set. `refused`: the Python lanes have to write the line.
  bool ask(Lane* lane, bool* refused);

  // Say whether this thread is writing a value by that value's own code, which has logged this.
  bool within_rendering(const Lane* lane);

 private:
  static constexpr int kMost = 8;

  RARE void forget_all();

  struct {
    uint8_t values;  // with the next three looked at as one number, by `in_use`
    uint8_t types;
    uint8_t details;
    uint8_t unused;
    bool incomplete;
    bool answers;
    bool looked;  // at `within_rendering`, and it is not
    bool logfmt;
  } state_;
  Py_ssize_t surplus_;      // set once core has been asked
  const Details* details_;  // set where there are some
  Question values_[kMost];
  PyTypeObject* types_[kMost];  // owned
};

}  // namespace foundation
