// Lines for people: what stands around an event in compact and at a terminal.
//
// Colours are the same bytes for each level, key and logger, so core gives them with the texts that
// it gives anyway. What closes the colour of one member of a line leads the next: the bytes of a key
// begin with it, and `end` does. At a terminal a value has a colour by its text; its codes have one
// size, so that the code in front of a value is put in once that has been written.
#pragma once

#include <Python.h>

#include <cstring>

namespace foundation {

// The colours of values, one code behind the other: of a text, a number, a word of JSON, a secret.
struct ValueCodes {
  PyObject* codes = nullptr;  // owned: bytes
  size_t size = 0;            // of each; 0: values have no colours

  ~ValueCodes() { Py_XDECREF(codes); }

  // Return the code of a value: core's `value_code` says the same.
  const char* find(const char* value, size_t length) const {
    return PyBytes_AS_STRING(codes) + size * index_of(value, length);
  }

 private:
  static size_t index_of(const char* value, size_t length) {
    if (*value == '-' || (*value >= '0' && *value <= '9')) {
      for (size_t place = 1; place < length; ++place) {
        const char byte = value[place];
        const bool is_digit = byte >= '0' && byte <= '9';
        if (!is_digit && (byte == '\0' || std::strchr("+-.Ee", byte) == nullptr)) return 0;
      }
      return 1;
    }
    const auto is = [&](const char* word) {
      return length == std::strlen(word) && std::memcmp(value, word, length) == 0;
    };
    if (is("true") || is("false") || is("null")) return 2;
    return is("***") ? 3 : 0;
  }
};

struct People {
  PyObject* event_lead = nullptr;  // owned: bytes between the emoji and the event
  size_t close_size = 0;           // so many bytes of the line's end close its last member
  ValueCodes values;

  ~People() { Py_XDECREF(event_lead); }
};

}  // namespace foundation
