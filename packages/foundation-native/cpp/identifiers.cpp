// UUIDs, paths and addresses, by what their slots hold.
#include "fields.h"
#include "rare.h"

namespace foundation {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

}  // namespace

Encoding Line::put_unique(PyObject* value) {
  PyObject* number = PyObject_GenericGetAttr(value, lane_->words.number);
  if (number == nullptr || !PyLong_CheckExact(number)) {
    PyErr_Clear();
    Py_XDECREF(number);
    return Encoding::kAskValue;
  }
  unsigned char bytes[16];
#if PY_VERSION_HEX >= 0x030D0000
  const Py_ssize_t size = PyLong_AsNativeBytes(
      number, bytes, 16,
      Py_ASNATIVEBYTES_BIG_ENDIAN | Py_ASNATIVEBYTES_UNSIGNED_BUFFER |
          Py_ASNATIVEBYTES_REJECT_NEGATIVE);
  const bool failed = size < 0 || size > 16;
#else
  const bool failed =
      _PyLong_AsByteArray(reinterpret_cast<PyLongObject*>(number), bytes, 16, 0, 0) != 0;
#endif
  Py_DECREF(number);
  if (failed) {
    PyErr_Clear();
    return Encoding::kAskValue;
  }
  char text[36];
  char* cursor = text;
  for (int index = 0; index < 16; ++index) {
    if (index == 4 || index == 6 || index == 8 || index == 10) *cursor++ = '-';
    *cursor++ = kHexDigits[bytes[index] >> 4];
    *cursor++ = kHexDigits[bytes[index] & 15];
  }
  return put_word(text, sizeof text);
}

Encoding Line::put_path(PyObject* path) {
  PyObject* text = PyObject_GenericGetAttr(path, lane_->words.path);
  if (text != nullptr && !PyUnicode_CheckExact(text)) Py_CLEAR(text);
  return put_new_string(text);
}

Encoding Line::put_address(PyObject* address) {
  PyObject* number = PyObject_GenericGetAttr(address, lane_->words.address);
  const bool exact = number != nullptr && PyLong_CheckExact(number);
  const unsigned long value = exact ? PyLong_AsUnsignedLong(number) : 0;
  const bool sound = exact && PyErr_Occurred() == nullptr && value <= 0xffffffff;
  PyErr_Clear();
  Py_XDECREF(number);
  if (!sound) return Encoding::kAskValue;
  char text[16];
  char* cursor = text;
  for (int shift = 24; shift >= 0; shift -= 8) {
    const unsigned long part = value >> shift & 0xff;
    if (part >= 100) *cursor++ = static_cast<char>('0' + part / 100);
    if (part >= 10) *cursor++ = static_cast<char>('0' + part / 10 % 10);
    *cursor++ = static_cast<char>('0' + part % 10);
    if (shift > 0) *cursor++ = '.';
  }
  return put_word(text, static_cast<size_t>(cursor - text));
}

}  // namespace foundation
