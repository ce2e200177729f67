#include "text.h"

#include "long_text.h"
#include "rare.h"

#include <array>
#include <cstdint>

namespace foundation {
namespace {

constexpr uint8_t kEscaped = 1;  // JSON has to escape it, or we want it to
constexpr uint8_t kQuoted = 2;   // a logfmt value that holds it stands in quotes

constexpr std::array<uint8_t, 128> classify() {
  std::array<uint8_t, 128> classes{};
  for (size_t code = 0; code < 0x20; ++code) classes[code] = kEscaped | kQuoted;
  classes['"'] = kEscaped | kQuoted;
  classes['\\'] = kEscaped | kQuoted;
  classes[0x7f] = kEscaped | kQuoted;
  classes[' '] = kQuoted;
  classes['='] = kQuoted;
  return classes;
}
constexpr std::array<uint8_t, 128> kClasses = classify();
constexpr char kHex[] = "0123456789abcdef";

constexpr uint64_t each(uint8_t byte) { return 0x0101010101010101u * byte; }
constexpr uint64_t kHighBits = each(0x80);

// Not zero if one of eight ASCII bytes is `byte`.
inline uint64_t any_equal(uint64_t bytes, uint8_t byte) {
  const uint64_t difference = bytes ^ each(byte);
  return (difference - each(1)) & ~difference & kHighBits;
}

inline uint64_t any_escaped(uint64_t bytes) {
  return ((bytes - each(0x20)) & kHighBits) | any_equal(bytes, '"') | any_equal(bytes, '\\') |
         any_equal(bytes, 0x7f);
}

template <uint8_t kClass>
inline uint64_t any_of_class(uint64_t bytes) {
  if constexpr (kClass == kEscaped) return any_escaped(bytes);
  return any_escaped(bytes) | any_equal(bytes, ' ') | any_equal(bytes, '=');
}

// Return how many bytes at the beginning of an ASCII text are not of a class.
template <uint8_t kClass>
size_t clean_prefix(const char* text, size_t size) {
  size_t position = 0;
  for (; position + 8 <= size; position += 8) {
    uint64_t bytes;
    std::memcpy(&bytes, text + position, 8);
    if (any_of_class<kClass>(bytes) != 0) break;
  }
  while (position < size && (kClasses[static_cast<uint8_t>(text[position])] & kClass) == 0) {
    ++position;
  }
  return position;
}

// Write one character as JSON escapes it: at most six bytes, which are reserved.
inline char* escape(char* cursor, Py_UCS4 code) {
  *cursor++ = '\\';
  switch (code) {
    case '"':
    case '\\':
      *cursor++ = static_cast<char>(code);
      return cursor;
    case '\n':
      *cursor++ = 'n';
      return cursor;
    case '\r':
      *cursor++ = 'r';
      return cursor;
    case '\t':
      *cursor++ = 't';
      return cursor;
    case '\b':
      *cursor++ = 'b';
      return cursor;
    case '\f':
      *cursor++ = 'f';
      return cursor;
    default:
      *cursor++ = 'u';
      for (int shift = 12; shift >= 0; shift -= 4) *cursor++ = kHex[(code >> shift) & 0xf];
      return cursor;
  }
}

RARE bool put_long_ascii_body(Buffer& out, const char* text, size_t size) {
  for (;;) {
    const size_t run = copy_clean(out, text, size);
    if (out.failed()) return false;
    if (run == size) return true;
    if (!out.reserve(6)) return false;
    out.advance_to(escape(out.cursor(), static_cast<uint8_t>(text[run])));
    text += run + 1;
    size -= run + 1;
  }
}

bool put_ascii_body(Buffer& out, const char* text, size_t size) {
  if (size >= kLongText) return put_long_ascii_body(out, text, size);
  for (;;) {
    const size_t run = clean_prefix<kEscaped>(text, size);
    if (!out.append(text, run)) return false;
    if (run == size) return true;
    if (!out.reserve(6)) return false;
    out.advance_to(escape(out.cursor(), static_cast<uint8_t>(text[run])));
    text += run + 1;
    size -= run + 1;
  }
}

// C1, the separators of lines and paragraphs, and what changes the direction of text: the same
// characters as `UNSAFE_CLASS` of _record/escaping.py.
inline bool is_unsafe(Py_UCS4 code) {
  if (code < 0x80) return (kClasses[code] & kEscaped) != 0;
  if (code < 0xa0) return true;
  if (code < 0x61c) return false;
  return code == 0x61c || code == 0x200e || code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2066 && code <= 0x2069);
}

inline char* encode_utf8(char* cursor, Py_UCS4 code) {
  if (code < 0x80) {
    *cursor++ = static_cast<char>(code);
  } else if (code < 0x800) {
    *cursor++ = static_cast<char>(0xc0 | (code >> 6));
    *cursor++ = static_cast<char>(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    *cursor++ = static_cast<char>(0xe0 | (code >> 12));
    *cursor++ = static_cast<char>(0x80 | ((code >> 6) & 0x3f));
    *cursor++ = static_cast<char>(0x80 | (code & 0x3f));
  } else {
    *cursor++ = static_cast<char>(0xf0 | (code >> 18));
    *cursor++ = static_cast<char>(0x80 | ((code >> 12) & 0x3f));
    *cursor++ = static_cast<char>(0x80 | ((code >> 6) & 0x3f));
    *cursor++ = static_cast<char>(0x80 | (code & 0x3f));
  }
  return cursor;
}

// For eyes, quotes and backslashes stay as they are, and what is left to escape is rare.
template <bool kForEyes, typename Char>
Encoding put_wide_body(Buffer& out, const Char* text, size_t size) {
  constexpr size_t kChunk = 256;  // so that a long text reserves no six bytes for each of its own
  while (size > 0) {
    const size_t count = size < kChunk ? size : kChunk;
    if (!out.reserve(6 * count)) return Encoding::kNeedsPython;
    char* cursor = out.cursor();
    for (size_t position = 0; position < count; ++position) {
      const Py_UCS4 code = text[position];
      if (is_unsafe(code) && !(kForEyes && (code == '"' || code == '\\'))) {
        if (kForEyes) return Encoding::kNeedsPython;
        cursor = escape(cursor, code);
      } else if (code >= 0xd800 && code <= 0xdfff) {
        return Encoding::kNeedsPython;
      } else {
        cursor = encode_utf8(cursor, code);
      }
    }
    out.advance_to(cursor);
    text += count;
    size -= count;
  }
  return Encoding::kEncoded;
}

template <bool kForEyes>
Encoding put_each(Buffer& out, PyObject* text) {
  const size_t size = static_cast<size_t>(PyUnicode_GET_LENGTH(text));
  switch (PyUnicode_KIND(text)) {
    case PyUnicode_1BYTE_KIND:
      return put_wide_body<kForEyes>(out, PyUnicode_1BYTE_DATA(text), size);
    case PyUnicode_2BYTE_KIND:
      return put_wide_body<kForEyes>(out, PyUnicode_2BYTE_DATA(text), size);
    default:
      return put_wide_body<kForEyes>(out, PyUnicode_4BYTE_DATA(text), size);
  }
}

Encoding put_body(Buffer& out, PyObject* text) {
  if (!PyUnicode_IS_ASCII(text)) return put_each<false>(out, text);
  const char* bytes = static_cast<const char*>(PyUnicode_DATA(text));
  const size_t size = static_cast<size_t>(PyUnicode_GET_LENGTH(text));
  return put_ascii_body(out, bytes, size) ? Encoding::kEncoded : Encoding::kNeedsPython;
}

// As `is_bare` of _render/logfmt.py: printable, and nothing in it that the format uses itself.
bool is_bare(PyObject* text) {
  const size_t size = static_cast<size_t>(PyUnicode_GET_LENGTH(text));
  if (size == 0) return false;
  if (PyUnicode_IS_ASCII(text)) {
    return clean_prefix<kQuoted>(static_cast<const char*>(PyUnicode_DATA(text)), size) == size;
  }
  const int kind = static_cast<int>(PyUnicode_KIND(text));
  const void* data = PyUnicode_DATA(text);
  for (size_t position = 0; position < size; ++position) {
    const Py_UCS4 code = PyUnicode_READ(kind, data, position);
    if (code < 0x80 ? (kClasses[code] & kQuoted) != 0 : !Py_UNICODE_ISPRINTABLE(code)) return false;
  }
  return true;
}

}  // namespace

Encoding put_json_text(Buffer& out, PyObject* text) {
  if (!out.append('"')) return Encoding::kNeedsPython;
  const Encoding encoding = put_body(out, text);
  if (encoding != Encoding::kEncoded) return encoding;
  return out.append('"') ? Encoding::kEncoded : Encoding::kNeedsPython;
}

Encoding put_json_body(Buffer& out, PyObject* text) { return put_body(out, text); }

Encoding put_logfmt_text(Buffer& out, PyObject* text) {
  return is_bare(text) ? put_body(out, text) : put_json_text(out, text);
}

Encoding put_plain_text(Buffer& out, PyObject* text) {
  const Py_ssize_t size = PyUnicode_GET_LENGTH(text);
  // It could pass itself off as fields.
  if (PyUnicode_FindChar(text, '=', 0, size, 1) >= 0) return put_logfmt_text(out, text);
  if (PyUnicode_IS_ASCII(text)) {
    const char* bytes = static_cast<const char*>(PyUnicode_DATA(text));
    if (clean_prefix<kEscaped>(bytes, static_cast<size_t>(size)) == static_cast<size_t>(size)) {
      return out.append(bytes, static_cast<size_t>(size)) ? Encoding::kEncoded
                                                          : Encoding::kNeedsPython;
    }
  }
  return put_each<true>(out, text);
}

}  // namespace foundation
