// How long calls take: one in 64 is timed, for core's ring of samples.
#pragma once

#include "lane.h"

namespace foundation {

// Keep how long a call took, and see whether the file has grown too long. False: an error is set.
bool add_sample(Lane* lane, int64_t elapsed_ns);

}  // namespace foundation
