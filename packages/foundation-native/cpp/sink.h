// One line to one descriptor: with the GIL where nothing can make the write wait, else without it.
#pragma once

#include <Python.h>

#include <cstddef>

namespace foundation {

// Say whether a write to a descriptor is over without waiting for anybody: /dev/null, and regular
// files of file systems that keep them in this machine's page cache.
bool never_waits(int descriptor);

// Return how many bytes the kernel took, 0 if it took none (nothing is raised for that), or -1
// with an exception set: a signal handler raised it while the write was interrupted.
Py_ssize_t write_line(int descriptor, const char* data, size_t size, bool keep_gil);

// Return how many bytes the kernel took, 0 if it took none. It is not tried twice, and no signal
// handler runs.
Py_ssize_t write_without_gil(int descriptor, const char* data, size_t size);

}  // namespace foundation
