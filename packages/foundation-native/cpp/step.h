// How an attempt at a line ended, which says what is done next.
#pragma once

#include <Python.h>

#include "buffer.h"
#include "text.h"

namespace foundation {

enum class Step {
  kWritten,
  kRare,
  kUnknownKey,
  kUnmetLogger,
  kUnmetContext,
  kUnmarked,  // the line's emoji is not known yet
  kLost,      // there is no memory, so the Python lanes would not get far either
  kRetired,
  kRaised  // an exception is set
};

}  // namespace foundation
