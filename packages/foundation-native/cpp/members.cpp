#include "members.h"

#include <Python.h>

#include <algorithm>
#include <cstring>

namespace foundation {
namespace {

constexpr int kDeepest = 64;
constexpr size_t kLongestNumber = 40;
constexpr size_t kExact = 15;  // digits of a decimal fraction that a double tells from all others

bool is_decimal(char byte) { return byte >= '0' && byte <= '9'; }

// Say whether Python writes a number with a point or an exponent as it stands.
bool is_as_python_has_it(std::string_view text) {
  const size_t point = text.find('.');
  const bool is_short = text.size() <= kExact && point != std::string_view::npos &&
                        text.find_first_of("eE") == std::string_view::npos &&
                        (text.back() != '0' || text.size() - point == 2) &&
                        text.find("0.000") == std::string_view::npos;
  if (is_short) return true;
  char copy[kLongestNumber + 1];
  std::memcpy(copy, text.data(), text.size());
  copy[text.size()] = '\0';
  const double value = PyOS_string_to_double(copy, nullptr, nullptr);
  char* shown = PyErr_Occurred() != nullptr
                    ? nullptr
                    : PyOS_double_to_string(value, 'r', 0, Py_DTSF_ADD_DOT_0, nullptr);
  const bool same = shown != nullptr && std::strcmp(shown, copy) == 0;
  PyMem_Free(shown);
  PyErr_Clear();
  return same;
}

// Put what stands between quotes, if quotes and backslashes are all that is escaped in it.
bool put_unescaped(std::string_view body, Buffer& out) {
  for (;;) {
    const std::string_view plain = body.substr(0, body.find('\\'));
    if (!out.append(plain.data(), plain.size())) return false;
    const size_t size = plain.size();
    if (size == body.size()) return true;
    const char escaped = body[size + 1];
    if ((escaped != '"' && escaped != '\\') || !out.append(escaped)) return false;
    body.remove_prefix(size + 2);
  }
}

// Say whether a text in quotes is printable: then it is shown without them.
bool is_printable(std::string_view body) {
  for (size_t at = body.find('\\'); at != std::string_view::npos; at = body.find('\\', at + 2)) {
    if (body[at + 1] != '"' && body[at + 1] != '\\') return false;
  }
  return true;
}

std::string_view without_quotes(std::string_view text) { return text.substr(1, text.size() - 2); }

}  // namespace

bool Members::take(char byte) {
  if (next() != byte) return false;
  ++at_;
  return true;
}

bool Members::skip_string() {
  if (!take('"')) return false;
  for (;;) {
    at_ = text_.find_first_of("\"\\", at_);
    if (at_ == std::string_view::npos) return false;
    if (text_[at_++] == '"') return true;
    if (at_++ >= text_.size()) return false;
  }
}

bool Members::skip_number() {
  const size_t start = at_;
  take('-');
  const size_t first = at_;
  while (is_decimal(next())) ++at_;
  const size_t whole = at_ - first;
  // Minus nothing is nothing, for Python.
  if (whole == 0 || (text_[first] == '0' && whole > 1)) return false;
  const bool is_whole = next() != '.' && next() != 'e' && next() != 'E';
  if (is_whole) return whole <= kLongestNumber && (first == start || text_[first] != '0');
  if (take('.')) {
    if (!is_decimal(next())) return false;
    while (is_decimal(next())) ++at_;
  }
  if (next() == 'e' || next() == 'E') {
    ++at_;
    if (next() == '+' || next() == '-') ++at_;
    if (!is_decimal(next())) return false;
    while (is_decimal(next())) ++at_;
  }
  return at_ - start <= kLongestNumber && is_as_python_has_it(text_.substr(start, at_ - start));
}

bool Members::skip_value(int depth) {
  switch (next()) {
    case '"':
      return skip_string();
    case '{':
    case '[':
      return skip_container(depth);
    default:
      break;
  }
  for (const std::string_view word : {"null", "true", "false"}) {
    if (text_.compare(at_, word.size(), word) == 0) {
      at_ += word.size();
      return true;
    }
  }
  return skip_number();
}

bool Members::skip_container(int depth) {
  if (depth > kDeepest) return false;
  const bool is_mapping = text_[at_++] == '{';
  const char end = is_mapping ? '}' : ']';
  if (take(end)) return true;
  do {
    const size_t start = at_;
    size_t value_at = start;
    if (is_mapping) {
      if (!skip_string() || !take(':')) return false;
      value_at = at_;
    }
    if (!skip_value(depth + 1)) return false;
    if (depth > 0) continue;
    if (count_ < kMost) {
      if (is_mapping) keys_[count_] = text_.substr(start, value_at - 1 - start);
      values_[count_] = text_.substr(value_at, at_ - value_at);
    }
    ++count_;
  } while (take(','));
  return take(end);
}

bool Members::find(std::string_view text) {
  text_ = text;
  return skip_container(0) && at_ == text_.size();
}

bool Members::show(size_t number, Buffer& out) const {
  const std::string_view key = keys_[number], value = values_[number];
  if (!key.empty() && (!put_unescaped(without_quotes(key), out) || !out.append(": "))) return false;
  if (value[0] == '"' && is_printable(without_quotes(value))) {
    return put_unescaped(without_quotes(value), out);
  }
  return out.append(value.data(), value.size());
}

}  // namespace foundation
