// A text that is wider than a row, in rows: core's `_render/terminal/wrap.py` says how.
#pragma once

#include <Python.h>

#include <cstddef>
#include <string_view>

#include "buffer.h"
#include "linkage.h"

namespace foundation {

// Puts ASCII text and codes into rows, each but the first behind some blanks. What returns false has
// no memory.
class Wrapped {
 public:
  Wrapped(Buffer& out, Py_ssize_t width, Py_ssize_t hang, Py_ssize_t most)
      : out_(out), width_(width), hang_(hang), column_(hang), left_(most - 1) {}

  // Put a code, which is that of all text up to the next reset.
  bool put_code(std::string_view code);
  bool put_reset();
  bool put_text(std::string_view text);
  // Put the number of characters that are left out, if there are some.
  bool put_rest();

  // The column in which the last row ends.
  Py_ssize_t column() const { return column_; }

 private:
  static constexpr size_t kMostActive = 64;

  Py_ssize_t room() const { return width_ - (left_ > 0 ? 0 : 8) - column_; }
  bool put(std::string_view part);
  bool put_word(std::string_view word);
  bool put_by_characters(std::string_view word);
  bool break_row();

  Buffer& out_;
  const Py_ssize_t width_, hang_;
  Py_ssize_t column_, left_;
  size_t hidden_ = 0;
  bool has_blanks_ = false;  // at the end
  size_t blanks_at_ = 0;
  char active_[kMostActive];
  size_t active_size_ = 0;
};

}  // namespace foundation
