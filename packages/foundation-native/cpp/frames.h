// Frames of code: those of a traceback, and the one that has logged.
#pragma once

#include <Python.h>

#include "buffer.h"
#include "lane.h"
#include "outcome.h"
#include "rare.h"

namespace foundation {

// Put one frame of a traceback in JSON. `kNeedsPython`: core has the rule for it.
Outcome put_frame(Lane* lane, Buffer& out, PyCodeObject* code, int lasti, int line);

// Return how many callers to pass over, by stdlib's `stacklevel`, which may be null.
long skip_of(PyObject* stacklevel);

// Put file, line and function of the code that logged, or of a caller of it.
RARE Outcome put_callsite(Lane* lane, Buffer& out, long skip);

}  // namespace foundation
