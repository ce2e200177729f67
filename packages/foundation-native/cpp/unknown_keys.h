// The keys of one line that the lane does not know yet; what core says of each is kept from then
// on.
#pragma once

#include <Python.h>

#include "call.h"
#include "lane.h"
#include "linkage.h"
#include "outcome.h"
#include "rare.h"

namespace foundation {

// The keys of a line that the lane does not know yet, collected in one pass: what a line costs must
// not be multiplied by how many they are.
class UnknownKeys {
 public:
  explicit UnknownKeys(Lane* lane) : lane_(lane), nodes_(lane->most_nodes) {}
  ~UnknownKeys() {
    forget(fields_);
    forget(inner_);
  }
  UnknownKeys(const UnknownKeys&) = delete;
  UnknownKeys& operator=(const UnknownKeys&) = delete;

  // Collect from one field, or from all of a dict. No Python code runs.
  void collect(PyObject* name, PyObject* value);
  void collect_all(PyObject* fields);

  // Ask core about them. False: an error is set.
  bool classify();
  // Whether some of them are still unknown: there were too many, or no room for them.
  bool some_remain() const { return some_remain_; }

 private:
  static constexpr int kMost = 32;  // of each kind, from one line

  struct Names {
    PyObject* list[kMost];  // owned
    int size = 0;
  };

  void note(Names& names, const KeyTable& keys, PyObject* name);
  void visit(PyObject* value, int depth);
  void visit_dict(PyObject* value, int depth);
  void visit_items(PyObject* value, int depth);
  void visit_record(PyObject* value, const Plan* plan, int depth);
  bool classify(Names& names, KeyTable& keys);
  static void forget(Names& names);

  Lane* lane_;
  Names fields_;
  Names inner_;  // keys inside of values
  Py_ssize_t nodes_;
  bool some_remain_ = false;
};

// Ask core about all keys of a line that are not known yet. What is left to do is said in
// `outcome`: where some remain unknown, the Python lanes write the line. False: an error is set.
INTERNAL RARE bool classify_keys(Lane* lane, const Call& call, PyObject* context,
                                 Outcome* outcome);

}  // namespace foundation
