#include "screen.h"

#include <algorithm>
#include <string_view>

namespace foundation {
namespace {

constexpr size_t kHead = 110;  // bytes that hold all that stands before an event

}  // namespace

bool Screen::leaves(int number, const char* data, size_t size) const {
  if (number != index || size < 2) return false;
  const char* end = data + size - 1;  // the line end
  Py_ssize_t seen = 0;
  for (const char* at = data; at < end; ++at) {
    const char byte = *at;
    if (byte == '\x1b') {
      const bool behind_s = at > data && at[-1] == 's';
      while (at < end && *at != 'm') ++at;
      const char next = at < end ? at[1] : '\n';
      // What is nested may take a block; a duration has a colour of its own.
      if (next == '{' || next == '[' || (behind_s && next == '=')) return false;
    } else if (byte == '\\' || byte == '\n' || (byte == ':' && at[1] == '/')) {
      return false;
    } else {
      ++seen;  // no character has more columns than bytes
    }
  }
  if (seen > columns) return false;
  const std::string_view line(data, size);
  if (line.find("status") != std::string_view::npos) return false;
  const std::string_view head = line.substr(0, std::min(size, kHead));
  return !wants_emoji || head.find("\xf0\x9f") != std::string_view::npos;
}

}  // namespace foundation
