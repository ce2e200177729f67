// Exact strings as JSON and as logfmt; whatever could forge a line or confuse a reader is escaped.
#pragma once

#include <Python.h>

#include "buffer.h"

namespace foundation {

// How a piece of a line came out.
enum class Outcome {
  kDone,
  kRare,        // the Python lanes have the rule for it
  kUnknownKey,  // a key has to be looked at first
};

// Write a string in quotes. Lone surrogates are rare.
Outcome put_json_text(Buffer& out, PyObject* text);

// Write a string bare where logfmt allows it, else in quotes.
Outcome put_logfmt_text(Buffer& out, PyObject* text);

// Write a string for people, as it is; one with "=" in it as logfmt has it. What has to be escaped
// for eyes is rare.
Outcome put_plain_text(Buffer& out, PyObject* text);

}  // namespace foundation
