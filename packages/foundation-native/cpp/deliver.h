// The end of a line: one write to a file or a standard stream, or the bytes given to core's own
// writer; then the count of lines and bytes.
#pragma once

#include "buffer.h"
#include "linkage.h"
#include "method.h"
#include "outcome.h"

namespace foundation {

// Write a finished line, and count it.
FUSED Outcome write_out(Method* method, const Buffer& line);

// Give a line to core's own writer, which counts it.
INTERNAL Outcome hand_to_sink(Method* method, const Buffer& line);

// Count one on a counter of core's, whose count lies `at` so many bytes where it has a slot. False:
// there is no memory for the new number.
INTERNAL bool add_one(PyObject* counter, Py_ssize_t at);

// Count lines that are written. What cannot be counted now is counted with the next one.
INTERNAL void settle_written(Method* method);

}  // namespace foundation
