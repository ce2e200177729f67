// Integers and floats as text; the shortest that gives the same value back.
#pragma once

#include <Python.h>

#include <charconv>
#include <cmath>
#include <cstdint>

#include "text.h"

namespace foundation {

// Beyond 64 bits signed it is rare.
inline Encoding put_int(Buffer& out, PyObject* number) {
  int overflow = 0;
  const long long value = PyLong_AsLongLongAndOverflow(number, &overflow);
  if (overflow != 0 || !out.reserve(24)) return Encoding::kNeedsPython;
  out.advance_to(std::to_chars(out.cursor(), out.cursor() + 24, value).ptr);
  return Encoding::kEncoded;
}

// Write a float as orjson does: a point or an exponent in each, and plain digits from 1e-5 to 1e16.
// NaN and the infinities, for which JSON has no number, are rare.
inline Encoding put_float(Buffer& out, double value, bool plus_in_exponent) {
  if (!std::isfinite(value) || !out.reserve(40)) return Encoding::kNeedsPython;
  char* cursor = out.cursor();
  const double magnitude = std::fabs(value);
  if (magnitude >= 1e-5 && magnitude < 1e16) {
    char* end = std::to_chars(cursor, cursor + 40, value, std::chars_format::fixed).ptr;
    if (value == std::trunc(value)) {
      *end++ = '.';
      *end++ = '0';
    }
    out.advance_to(end);
    return Encoding::kEncoded;
  }
  if (value == 0.0) {
    if (std::signbit(value)) *cursor++ = '-';
    std::memcpy(cursor, "0.0", 3);
    out.advance_to(cursor + 3);
    return Encoding::kEncoded;
  }
  char text[40];
  const char* end =
      std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
  const char* from = text;
  while (*from != 'e') *cursor++ = *from++;
  *cursor++ = *from++;
  // to_chars writes a sign and at least two digits.
  if (*from == '-') *cursor++ = '-';
  if (*from == '+' && plus_in_exponent) *cursor++ = '+';
  ++from;
  while (*from == '0' && from + 1 < end) ++from;
  while (from < end) *cursor++ = *from++;
  out.advance_to(cursor);
  return Encoding::kEncoded;
}

}  // namespace foundation
