// The keys of one line that the lane does not know yet; what core says of each is kept from then
// on.
#pragma once

#include <Python.h>

#include "lane.h"

namespace foundation {

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
