#include "row.h"

#include <algorithm>
#include <cstring>

#include "codes.h"
#include "meanings.h"

namespace foundation {
namespace {

constexpr size_t kMostInline = 60;  // a nested value that is longer takes a block

bool may_take_a_block(std::string_view value) {
  if (value.empty()) return true;
  if ((value[0] == '{' || value[0] == '[') && value.size() > kMostInline) return true;
  return std::memchr(value.data(), '\\', value.size()) != nullptr;
}

// Latin, Greek and Cyrillic letters take one column each; there are no others among these.
bool is_letter(unsigned code) {
  return (code >= 0xC0 && code <= 0x24F) || (code >= 0x391 && code <= 0x3CE) ||
         (code >= 0x400 && code <= 0x481);
}

}  // namespace

Py_ssize_t columns_of(std::string_view text) {
  Py_ssize_t columns = 0;
  for (size_t at = 0; at < text.size(); ++at, ++columns) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x80) continue;
    const size_t left = text.size() - at;
    if ((byte & 0xE0) == 0xC0 && left >= 2 &&
        is_letter((byte & 0x1Fu) << 6 | (static_cast<unsigned char>(text[at + 1]) & 0x3Fu))) {
      ++at;
    } else if (left >= 3 && text.compare(at, 3, "\xe2\x80\xa6") == 0) {
      at += 2;  // the sign of what is shortened
    } else {
      return -1;
    }
  }
  return columns;
}

// Begin a part of so many columns, in this row or in the next one.
bool Row::begin_part(Py_ssize_t columns) {
  if (columns < 0) return false;
  if (column_ + 1 + columns <= width_) {
    column_ += 1 + columns;
    return out_.append(' ');
  }
  column_ = hang_ + columns;
  return column_ <= width_ && begin_row(hang_);
}

bool Row::begin_row(Py_ssize_t hang) {
  const auto blanks = static_cast<size_t>(hang);
  if (!out_.reserve(blanks + 1)) return false;
  if (second_row_ == 0) second_row_ = out_.size() + 1;
  char* cursor = out_.cursor();
  *cursor++ = '\n';
  std::memset(cursor, ' ', blanks);
  out_.advance_to(cursor + blanks);
  return true;
}

// Put a text with its addresses underlined.
bool Row::put_text(std::string_view text) {
  if (std::memchr(text.data(), ':', text.size()) == nullptr) return put_uncounted(text);
  size_t done = 0;
  while (done < text.size()) {
    const Address found = find_address(text.substr(done));
    if (found.size == 0) break;
    if (!put_uncounted(text.substr(done, found.begin)) || !out_.append("\x1b[4m") ||
        !put_uncounted(text.substr(done + found.begin, found.size)) || !out_.append("\x1b[24m")) {
      return false;
    }
    done += found.begin + found.size;
  }
  return put_uncounted(text.substr(done));
}

bool Row::put_event(std::string_view code, std::string_view text) {
  const Py_ssize_t columns = columns_of(text);
  column_ = hang_ + columns;
  return columns >= 0 && column_ <= width_ && put_uncounted(code) && put_text(text) &&
         put_uncounted(codes::kReset);
}

bool Row::put_field(std::string_view key, std::string_view code, std::string_view value) {
  const Py_ssize_t key_columns = columns_of(key), columns = columns_of(value);
  if (key_columns < 0 || columns < 0 || may_take_a_block(value)) return false;
  const Color color = color_of(key, code, value);
  return color.is_known && begin_part(key_columns + 1 + columns) && put_uncounted(codes::kKey) &&
         put_uncounted(key) && put_uncounted(codes::kQuiet) && out_.append('=') &&
         put_uncounted(color.code) && put_text(value) && put_uncounted(codes::kReset);
}

bool Row::put_constant(std::string_view text) {
  return begin_part(columns_of(text)) && put_uncounted(codes::kQuiet) && put_text(text) &&
         put_uncounted(codes::kReset);
}

bool Row::put_made(std::string_view text, Py_ssize_t columns) {
  return begin_part(columns) && put_uncounted(text);
}

bool Row::put_name(std::string_view name, Py_ssize_t columns) {
  if (columns < 0) return false;
  if (column_ + 1 + columns <= width_) return out_.append(' ') && put_uncounted(name);
  if (second_row_ == 0 || columns + 1 >= hang_) {
    return begin_row(std::min(hang_, width_ - columns)) && put_uncounted(name);
  }
  // In the place of blanks, the last but one of them its end.
  if (!out_.reserve(name.size())) return false;
  char* at = out_.begin() + second_row_ + hang_ - columns - 1;
  char* behind = at + columns;
  char* moved = at + name.size();
  const size_t left = out_.size() - static_cast<size_t>(behind - out_.begin());
  std::memmove(moved, behind, left);
  std::memcpy(at, name.data(), name.size());
  out_.advance_to(moved + left);
  return true;
}

}  // namespace foundation
