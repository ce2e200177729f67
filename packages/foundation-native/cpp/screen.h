// A screen, as far as it lays out lines without core: most lines go to a terminal in that way.
#pragma once

#include <Python.h>

#include <cstddef>

#include "buffer.h"
#include "linkage.h"

namespace foundation {

// Core's `Screen` says once a second, and whenever that changes, what a layout depends on.
struct Screen {
  bool is_used = false;          // the sink has one
  bool is_usual = false;         // lines can be laid out here
  bool is_wide = false;          // the logger's name has a column of its own, in front of the event
  bool has_gutter = false;       // for emoji, in each line
  Py_ssize_t width = 0;          // 0: it is not known
  Py_ssize_t hang = 0;           // columns in front of an event
  PyObject* event_codes = nullptr;  // owned: a tuple of bytes, by the index of a counter
  PyObject* tags = nullptr;         // owned: core's `ContextTags`
  PyObject* word_known = nullptr;   // owned: the name of what it has found last

  ~Screen();
};

// Make rows of a flat line, the same bytes as core does. False: that is left to core, because of
// characters that are wide, say, or of a block.
INTERNAL bool lay_out(const Screen& screen, PyObject* context, int index, const Buffer& line,
                      Buffer& rows);

}  // namespace foundation
