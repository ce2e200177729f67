// An exception in JSON, as `describe_exception` of core's `_record/exceptions.py` has it.
#pragma once

#include <Python.h>

#include "buffer.h"
#include "lane.h"
#include "outcome.h"
#include "rare.h"

namespace foundation {

// Put an exception, its causes and their frames. `kNeedsPython`: core has the rule for some of it,
// and whatever has been put is to be taken back.
RARE Outcome put_exception(Lane* lane, Buffer& out, PyObject* error);

}  // namespace foundation
