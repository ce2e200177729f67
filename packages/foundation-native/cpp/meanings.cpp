#include "meanings.h"

#include <algorithm>

#include "codes.h"

namespace foundation {
namespace {

constexpr size_t kLongest = 17;  // of a number whose size its digits tell exactly

bool ends_with(std::string_view text, std::string_view with) {
  return text.size() >= with.size() && text.substr(text.size() - with.size()) == with;
}

// Say whether a key is a word, or ends with one behind what joins words. A letter "m" may stand
// there, too, because core looks for the end of a code.
bool is_word(std::string_view key, std::string_view word) {
  if (!ends_with(key, word)) return false;
  if (key.size() == word.size()) return true;
  const char before = key[key.size() - word.size() - 1];
  return before == '_' || before == '.' || before == 'm';
}

bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

std::string_view color_of_status(std::string_view value) {
  const bool is_status = value.size() == 3 && value[0] >= '1' && value[0] <= '5' &&
                         is_digit(value[1]) && is_digit(value[2]);
  if (!is_status) return codes::kNumber;
  return value[0] == '5' ? codes::kRed : value[0] == '4' ? codes::kOrange : codes::kGreen;
}

// Say whether digits with one point at most are a number that is not less than a power of ten.
bool is_long(std::string_view value, size_t zeros) {
  const size_t point = std::min(value.find('.'), value.size());
  const size_t first = std::min(value.find_first_not_of('0'), point);
  for (size_t at = 0; at < value.size(); ++at) {
    if (at != point && !is_digit(value[at])) return false;
  }
  return point - first > zeros;
}

}  // namespace

Color color_of(std::string_view key, std::string_view code, std::string_view value) {
  const char last = key.empty() ? '\0' : key.back();
  if ((last != 's' && last != 'e') || code != codes::kNumber) return {true, code};
  if (is_word(key, "status") || is_word(key, "status_code")) return {true, color_of_status(value)};
  const bool in_ms = ends_with(key, "_ms");
  if (in_ms || ends_with(key, "_s") || is_word(key, "seconds")) {
    if (value.size() > kLongest) return {false, code};
    return {true, is_long(value, in_ms ? 3 : 0) ? codes::kOrange : codes::kNumber};
  }
  return {true, code};
}

Address find_address(std::string_view text) {
  constexpr std::string_view kSign = "://";
  for (size_t at = text.find(kSign); at != std::string_view::npos; at = text.find(kSign, at + 1)) {
    const std::string_view before = text.substr(0, at);
    const size_t size = ends_with(before, "http") ? 4 : ends_with(before, "https") ? 5 : 0;
    const size_t behind = at + kSign.size();
    const size_t end = std::min(text.find_first_of("\x1b\"\\ \t\n\r\f\v", behind), text.size());
    if (size != 0 && end > behind) return {at - size, size + end - at};
  }
  return {0, 0};
}

}  // namespace foundation
