// The colours of a terminal's lines: core's `_render/terminal/codes.py` says which they are.
#pragma once

#include <string_view>

namespace foundation::codes {

constexpr std::string_view kQuiet = "\x1b[38;5;243m";
constexpr std::string_view kKey = "\x1b[38;5;030m";
constexpr std::string_view kNumber = "\x1b[38;5;031m";
constexpr std::string_view kGreen = "\x1b[38;5;028m";
constexpr std::string_view kOrange = "\x1b[38;5;166m";
constexpr std::string_view kRed = "\x1b[38;5;196m";
constexpr std::string_view kEvent = "\x1b[1m";
constexpr std::string_view kReset = "\x1b[0m";

}  // namespace foundation::codes
