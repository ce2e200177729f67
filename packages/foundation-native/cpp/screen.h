// A screen, as far as it leaves a line as it is: most lines go to a terminal without core.
#pragma once

#include <Python.h>

#include <cstddef>

namespace foundation {

// Core's `Screen` says once a second, and whenever that changes, which lines those are.
struct Screen {
  bool is_used = false;    // the sink has one
  int index = -1;          // of the counter of the level that has such lines; -1: there are none
  Py_ssize_t columns = 0;  // the most of a line
  bool wants_emoji = false;  // what has none gets an empty gutter

  // Say whether core would leave a line as it is. What is not sure is left to core.
  bool leaves(int number, const char* data, size_t size) const;
};

}  // namespace foundation
