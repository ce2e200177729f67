// Numbers as text; of floats the shortest that gives the same value back.
#pragma once

#include <Python.h>

#include <charconv>
#include <cmath>
#include <cstring>

#include "buffer.h"

namespace foundation {

// Return an exact integer that takes one digit of the interpreter's (30 bits). False: it takes more.
inline bool read_small(PyObject* number, int32_t* value) {
#if PY_VERSION_HEX >= 0x030C0000
  auto* exact = reinterpret_cast<PyLongObject*>(number);
  if (!PyUnstable_Long_IsCompact(exact)) return false;
  *value = static_cast<int32_t>(PyUnstable_Long_CompactValue(exact));
#else
  const Py_ssize_t size = Py_SIZE(number);
  if (size < -1 || size > 1) return false;
  const auto digit = static_cast<int32_t>(reinterpret_cast<PyLongObject*>(number)->ob_digit[0]);
  *value = size == 0 ? 0 : size < 0 ? -digit : digit;
#endif
  return true;
}

// Write such an integer: at most eleven bytes.
inline char* put_small(char* cursor, int32_t value) {
  uint32_t rest = static_cast<uint32_t>(value);
  if (value < 0) {
    *cursor++ = '-';
    rest = 0 - rest;
  }
  if (rest < 10) {
    *cursor++ = static_cast<char>('0' + rest);
    return cursor;
  }
  static constexpr char kPairs[] =
      "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546"
      "4748495051525354555657585960616263646566676869707172737475767778798081828384858687888990919293"
      "949596979899";
  const int size = rest < 100          ? 2
                   : rest < 1000       ? 3
                   : rest < 10000      ? 4
                   : rest < 100000     ? 5
                   : rest < 1000000    ? 6
                   : rest < 10000000   ? 7
                   : rest < 100000000  ? 8
                   : rest < 1000000000 ? 9
                                       : 10;
  char* place = cursor + size;
  while (rest >= 100) {
    place -= 2;
    std::memcpy(place, kPairs + size_t{2} * (rest % 100), 2);
    rest /= 100;
  }
  if (rest >= 10) {
    std::memcpy(place - 2, kPairs + size_t{2} * rest, 2);
  } else {
    place[-1] = static_cast<char>('0' + rest);
  }
  return cursor + size;
}

// Write a finite float as orjson does: a point or an exponent in each, and plain digits from 1e-5 to
// 1e16. False: there is no memory.
inline bool put_float(Buffer& out, double value, bool plus_in_exponent) {
  if (!out.reserve(40)) return false;
  char* cursor = out.cursor();
  const double magnitude = std::fabs(value);
  if (magnitude >= 1e-5 && magnitude < 1e16) {
    char* end = std::to_chars(cursor, cursor + 40, value, std::chars_format::fixed).ptr;
    if (value == std::trunc(value)) {
      *end++ = '.';
      *end++ = '0';
    }
    out.advance_to(end);
    return true;
  }
  if (value == 0.0) {
    if (std::signbit(value)) *cursor++ = '-';
    std::memcpy(cursor, "0.0", 3);
    out.advance_to(cursor + 3);
    return true;
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
  return true;
}

}  // namespace foundation
