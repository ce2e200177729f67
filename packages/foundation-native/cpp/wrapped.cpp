#include "wrapped.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "codes.h"

namespace foundation {

bool Wrapped::put(std::string_view part) {
  has_blanks_ = false;
  return out_.append(part.data(), part.size());
}

bool Wrapped::put_code(std::string_view code) {
  if (active_size_ + code.size() > kMostActive) return false;
  std::memcpy(active_ + active_size_, code.data(), code.size());
  active_size_ += code.size();
  return put(code);
}

bool Wrapped::put_reset() {
  active_size_ = 0;
  return put(codes::kReset);
}

bool Wrapped::put_text(std::string_view text) {
  while (!text.empty() && hidden_ == 0) {
    const size_t end = text[0] == ' ' ? text.find_first_not_of(' ') : text.find(' ');
    const size_t size = std::min(end, text.size());
    if (!put_word(text.substr(0, size))) return false;
    text.remove_prefix(size);
  }
  if (hidden_ > 0) hidden_ += text.size();
  return true;
}

bool Wrapped::put_word(std::string_view word) {
  const auto columns = static_cast<Py_ssize_t>(word.size());
  if (columns <= room()) {
    const size_t at = out_.size();
    if (!put(word)) return false;
    column_ += columns;
    has_blanks_ = word[0] == ' ';
    blanks_at_ = at;
    return true;
  }
  if (word[0] == ' ') {
    if (left_ > 0) return break_row();
    hidden_ = word.size();
    return true;
  }
  if (left_ > 0 && columns <= width_ - hang_) return break_row() && put_word(word);
  return put_by_characters(word);
}

bool Wrapped::put_by_characters(std::string_view word) {
  while (!word.empty()) {
    size_t size = std::min(static_cast<size_t>(std::max(room(), Py_ssize_t{0})), word.size());
    if (size == 0 && left_ == 0) {
      hidden_ = word.size();
      return true;
    }
    if (size == 0 && column_ <= hang_) size = 1;
    if (!put(word.substr(0, size))) return false;
    column_ += static_cast<Py_ssize_t>(size);
    word.remove_prefix(size);
    if (!word.empty() && left_ > 0 && !break_row()) return false;
  }
  return true;
}

bool Wrapped::break_row() {
  --left_;
  if (has_blanks_) out_.advance_to(out_.begin() + blanks_at_);  // nobody is to copy blanks
  if (active_size_ > 0 && !put(codes::kReset)) return false;
  const auto blanks = static_cast<size_t>(hang_);
  if (!out_.reserve(blanks + 1)) return false;
  char* cursor = out_.cursor();
  *cursor++ = '\n';
  std::memset(cursor, ' ', blanks);
  out_.advance_to(cursor + blanks);
  column_ = hang_;
  return put({active_, active_size_});
}

bool Wrapped::put_rest() {
  if (hidden_ == 0) return true;
  if (!put(codes::kReset) || !put(codes::kQuiet) || !put("+") || !out_.reserve(24)) return false;
  char* const begin = out_.cursor();
  out_.advance_to(std::to_chars(begin, begin + 24, hidden_).ptr);
  column_ += 1 + (out_.cursor() - begin);
  return put(codes::kReset);
}

}  // namespace foundation
