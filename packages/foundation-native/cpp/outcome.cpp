#include "outcome.h"

#include <Python.h>

#include "call.h"
#include "rare.h"

namespace foundation {

RARE Outcome outcome_of_exception() {
  const bool no_memory = PyErr_ExceptionMatches(PyExc_MemoryError) != 0;
  if (!forget_exception()) return Outcome::kRaised;
  return no_memory ? Outcome::kNoMemory : Outcome::kNeedsPython;
}

}  // namespace foundation
