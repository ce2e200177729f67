// `SampledMethod`: the method of a level that leaves some of the calls out, in front of a method that
// writes them.
#pragma once

#include <Python.h>

#include <cstdint>

#include "lane.h"
#include "linkage.h"
#include "sampling.h"

namespace foundation {

struct SampledMethod {
  PyObject_HEAD
  vectorcallfunc vectorcall;
  PyObject* attributes;  // __name__, __doc__ and the like
  PyObject* sampling;    // core's `Sampling`
  PyObject* unsaid;      // what it has to tell of
  PyObject* seen_due;    // when, as it was looked at last
  PyObject* method;      // gets the calls that are written
  vectorcallfunc pass;   // calls it
  Lane* lane;
  PyTypeObject* numbers_type;
  PlaceTable places;
  int64_t due;           // the same as `seen_due`
  Py_ssize_t due_at;
  int level;
};

enum class Verdict { kWrite, kLeaveOut, kRaised };

// Decide about a call of a logger. `kRaised`: an interrupt is set.
FUSED Verdict decide(SampledMethod* sampled, PyObject* logger, PyObject* site, PyObject* event);

int add_sampled_method_type(PyObject* module);

}  // namespace foundation
