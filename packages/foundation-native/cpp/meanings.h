// What values mean at a terminal: core's `_render/terminal/meanings.py` says the same.
#pragma once

#include <cstddef>
#include <string_view>

#include "linkage.h"

namespace foundation {

struct Color {
  bool is_known;          // else core has to look at the value
  std::string_view code;  // of the value
};

// Return the colour of a value, which is `code` if its key has no meaning.
INTERNAL Color color_of(std::string_view key, std::string_view code, std::string_view value);

struct Address {
  size_t begin, size;
};

// Find the first address in a text; its size is 0 if there is none.
INTERNAL Address find_address(std::string_view text);

}  // namespace foundation
