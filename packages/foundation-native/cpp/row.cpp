#include "row.h"

#include <algorithm>
#include <cstring>

#include "block.h"
#include "codes.h"
#include "meanings.h"
#include "wrapped.h"

namespace foundation {
namespace {

// Latin, Greek and Cyrillic letters take one column each; there are no others among these. All of
// them are printable.
bool is_letter(unsigned code) {
  return (code >= 0xC0 && code <= 0x24F) || (code >= 0x391 && code <= 0x3CE && code != 0x3A2) ||
         (code >= 0x400 && code <= 0x481);
}

// Signs of core's own, which take one column each: three bytes.
bool is_sign(std::string_view text) {
  for (const std::string_view sign : {"\xe2\x80\xa6", "\xe2\x94\x82", "\xe2\x9c\x96", "\xe2\x9d\xaf",
                                      "\xe2\x8b\xae", "\xe2\x86\xb3"}) {
    if (text == sign) return true;
  }
  return false;
}

bool is_ascii(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char byte) { return (byte & 0x80) != 0; });
}

// Take a code, which stands at the beginning of a text, from it.
void take_code(std::string_view& text) {
  const bool is_link = text.size() > 1 && text[1] == ']';
  const size_t end = is_link ? text.find('\x1b', 1) : text.find('m');
  text.remove_prefix(std::min(end == std::string_view::npos ? end : end + (is_link ? 2 : 1), text.size()));
}

// Say whether a row with codes in it is known to fit.
bool fits(std::string_view row, Py_ssize_t width) {
  Py_ssize_t columns = 0;
  while (!row.empty()) {
    if (row[0] == '\x1b') {
      take_code(row);
      continue;
    }
    const size_t size = std::min(row.find('\x1b'), row.size());
    const Py_ssize_t part = columns_of(row.substr(0, size));
    if (part < 0) return false;
    columns += part;
    row.remove_prefix(size);
  }
  return columns <= width;
}

}  // namespace

bool put_fitting(Buffer& out, std::string_view rows, Py_ssize_t width) {
  const std::string_view all = rows;
  while (width != 0 && !rows.empty()) {
    const size_t end = std::min(rows.find('\n'), rows.size() - 1);
    const bool is_short = end <= static_cast<size_t>(width);
    if (!is_short && !fits(rows.substr(0, end), width)) return false;
    rows.remove_prefix(end + 1);
  }
  return out.append(all.data(), all.size());
}

Py_ssize_t columns_of(std::string_view text) {
  Py_ssize_t columns = 0;
  for (size_t at = 0; at < text.size(); ++at, ++columns) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x80) continue;
    if ((byte & 0xE0) == 0xC0 && text.size() - at >= 2 &&
        is_letter((byte & 0x1Fu) << 6 | (static_cast<unsigned char>(text[at + 1]) & 0x3Fu))) {
      ++at;
    } else if (is_sign(text.substr(at, 3))) {
      at += 2;
    } else {
      return -1;
    }
  }
  return columns;
}

bool put_underlined(Buffer& out, std::string_view text) {
  const auto put = [&](std::string_view part) { return out.append(part.data(), part.size()); };
  if (std::memchr(text.data(), ':', text.size()) == nullptr) return put(text);
  size_t done = 0;
  while (done < text.size()) {
    const Address found = find_address(text.substr(done));
    if (found.size == 0) break;
    if (!put(text.substr(done, found.begin)) || !out.append("\x1b[4m") ||
        !put(text.substr(done + found.begin, found.size)) || !out.append("\x1b[24m")) {
      return false;
    }
    done += found.begin + found.size;
  }
  return put(text.substr(done));
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

bool Row::put_event(std::string_view code, std::string_view text) {
  const Py_ssize_t columns = columns_of(text);
  column_ = hang_ + columns;
  return columns >= 0 && column_ <= width_ && put_uncounted(code) && put_underlined(out_, text) &&
         put_uncounted(codes::kReset);
}

bool Row::put_field(std::string_view key, std::string_view code, std::string_view value) {
  const Py_ssize_t key_columns = columns_of(key), columns = columns_of(value);
  if (key_columns < 0 || columns < 0) return false;
  if (const char first = value.empty() ? '\0' : value[0]; first == '{' || first == '[' || first == '"') {
    const bool is_plain = key_columns == static_cast<Py_ssize_t>(key.size());
    const Block block = is_plain ? put_block(blocks_, key, value, columns, hang_, known_width_)
                                 : Block::kUnknown;
    if (block != Block::kNone) return block == Block::kPut;
  }
  const bool is_wider = hang_ + key_columns + 1 + columns > width_;
  if (is_wider && column_ + 1 + key_columns + 1 + columns > width_) return put_wide(key, code, value);
  const Color color = color_of(key, code, value);
  return color.is_known && begin_part(key_columns + 1 + columns) && put_uncounted(codes::kKey) &&
         put_uncounted(key) && put_uncounted(codes::kQuiet) && out_.append('=') &&
         put_uncounted(color.code) && put_underlined(out_, value) && put_uncounted(codes::kReset);
}

// Put a field that is wider than a row, in several.
bool Row::put_wide(std::string_view key, std::string_view code, std::string_view value) {
  constexpr Py_ssize_t kMost = 3;
  // A number that is broken keeps no colour that it has from its key.
  if (code == codes::kNumber || !is_ascii(key) || !is_ascii(value) || !begin_row(hang_)) return false;
  Buffer rows;
  Wrapped wrapped(rows, width_, hang_, kMost);
  if (!wrapped.put_code(codes::kKey) || !wrapped.put_text(key) ||
      !wrapped.put_code(codes::kQuiet) || !wrapped.put_text("=") || !wrapped.put_code(code) ||
      !wrapped.put_text(value) || !wrapped.put_reset() || !wrapped.put_rest()) {
    return false;
  }
  column_ = wrapped.column();
  return put_underlined(out_, {rows.data(), rows.size()});
}

bool Row::put_constant(std::string_view text) {
  return begin_part(columns_of(text)) && put_uncounted(codes::kQuiet) && put_underlined(out_, text) &&
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
