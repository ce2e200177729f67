// Rows of a screen while they are put together: fields go on below the event where they do not fit.
#pragma once

#include <Python.h>

#include <cstddef>
#include <string_view>

#include "buffer.h"
#include "linkage.h"

namespace foundation {

// Return how many columns a text takes. -1: it has characters that core looks at.
INTERNAL Py_ssize_t columns_of(std::string_view text);

// Put a text with its addresses underlined. False: there is no memory.
INTERNAL bool put_underlined(Buffer& out, std::string_view text);

// Put the rows of a stack and an exception. False: one may be too wide, or there is no memory.
INTERNAL bool put_fitting(Buffer& out, std::string_view rows, Py_ssize_t width);

// What returns false in it leaves the line to core: it is too wide for a row, say, or there is
// no memory.
class Row {
 public:
  Row(Buffer& out, Py_ssize_t width, Py_ssize_t hang)
      : out_(out),
        width_(width == 0 ? PY_SSIZE_T_MAX : width),
        known_width_(width),
        hang_(hang),
        column_(hang) {}

  // Put what stands in front of an event, or is no text.
  bool put_uncounted(std::string_view text) { return out_.append(text.data(), text.size()); }

  bool put_event(std::string_view code, std::string_view text);

  // Put a field, or keep the block that it takes. A status and a duration have colours of their own,
  // and addresses a line below.
  bool put_field(std::string_view key, std::string_view code, std::string_view value);

  // Put what is the same in many lines, and has the colour of such.
  bool put_constant(std::string_view text);

  // Put what is painted already.
  bool put_made(std::string_view text, Py_ssize_t columns);

  // Put the logger's name at the end, or in front of the second row if there is no room.
  bool put_name(std::string_view name, Py_ssize_t columns);

  // Put the blocks: they stand behind all that stands in a row.
  bool put_blocks() { return out_.append(blocks_.data(), blocks_.size()); }

 private:
  bool put_wide(std::string_view key, std::string_view code, std::string_view value);
  bool begin_part(Py_ssize_t columns);
  bool begin_row(Py_ssize_t hang);

  Buffer& out_;
  Buffer blocks_;
  const Py_ssize_t width_, known_width_, hang_;
  Py_ssize_t column_;
  size_t second_row_ = 0;  // where it begins; 0: there is none yet
};

}  // namespace foundation
