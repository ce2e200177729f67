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

// What returns false in it leaves the line to core: it is too wide for a row, or may take a block,
// or there is no memory.
class Row {
 public:
  Row(Buffer& out, Py_ssize_t width, Py_ssize_t hang)
      : out_(out), width_(width == 0 ? PY_SSIZE_T_MAX : width), hang_(hang), column_(hang) {}

  // Put what stands in front of an event, or is no text.
  bool put_uncounted(std::string_view text) { return out_.append(text.data(), text.size()); }

  bool put_event(std::string_view code, std::string_view text);

  // Put a field; a status and a duration have colours of their own, and addresses a line below.
  bool put_field(std::string_view key, std::string_view code, std::string_view value);

  // Put what is the same in many lines, and has the colour of such.
  bool put_constant(std::string_view text);

  // Put what is painted already.
  bool put_made(std::string_view text, Py_ssize_t columns);

  // Put the logger's name at the end, or in front of the second row if there is no room.
  bool put_name(std::string_view name, Py_ssize_t columns);

 private:
  bool begin_part(Py_ssize_t columns);
  bool begin_row(Py_ssize_t hang);
  bool put_text(std::string_view text);

  Buffer& out_;
  const Py_ssize_t width_, hang_;
  Py_ssize_t column_;
  size_t second_row_ = 0;  // where it begins; 0: there is none yet
};

}  // namespace foundation
