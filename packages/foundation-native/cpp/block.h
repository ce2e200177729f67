// Rows of values that take a block: text of several lines, and what is nested.
#pragma once

#include <Python.h>

#include <string_view>

#include "buffer.h"
#include "linkage.h"

namespace foundation {

enum class Block {
  kPut,
  kNone,    // the value stands in its line
  kUnknown  // core has to look at it, or there is no memory
};

// Put the rows of a block, each behind a line end: core's `_render/terminal/blocks.py` says which.
// `width` is the terminal's; 0: it is not known. The key is ASCII.
INTERNAL Block put_block(Buffer& out, std::string_view key, std::string_view value,
                         Py_ssize_t columns, Py_ssize_t hang, Py_ssize_t width);

}  // namespace foundation
