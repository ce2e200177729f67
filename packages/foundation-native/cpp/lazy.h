// Values that are computed only for a line that is written, and once for all outputs: core's
// `_record/lazy.py`.
#pragma once

#include <Python.h>

#include "call.h"
#include "lane.h"
#include "linkage.h"
#include "rare.h"

namespace foundation {

// Say whether a call has such a value, as far as the lane has met their type.
INTERNAL RARE bool has_lazy_values(const Lane* lane, const Call& call);

// The values of a call with the lazy ones computed.
class Computed {
 public:
  Computed() = default;
  ~Computed() { Py_XDECREF(values_); }
  Computed(const Computed&) = delete;
  Computed& operator=(const Computed&) = delete;

  // Have core compute them, and put the call in the place of the one that is given. False: an error
  // is set.
  bool make(Lane* lane, Call* call, PyObject* context);

 private:
  PyObject* values_ = nullptr;  // a tuple; null: none may be computed
};

}  // namespace foundation
