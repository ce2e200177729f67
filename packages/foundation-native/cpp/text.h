// Exact strings as JSON and as logfmt; whatever could forge a line or confuse a reader is escaped.
#pragma once

#include <Python.h>

#include "buffer.h"
#include "linkage.h"

namespace foundation {

// Whether a piece of a line could be encoded.
enum class Encoding {
  kEncoded,
  kNeedsPython,  // the Python lanes have the rule for it
  kUnknownKey,   // core has to be asked about a key first
  kAskValue      // core has to be asked about the value, or about what it stands in
};

// Write a string in quotes. Lone surrogates are rare.
Encoding put_json_text(Buffer& out, PyObject* text);

// Write what stands between the quotes.
INTERNAL Encoding put_json_body(Buffer& out, PyObject* text);

// Write a string bare where logfmt allows it, else in quotes.
Encoding put_logfmt_text(Buffer& out, PyObject* text);

// Write a string for people, as it is; one with "=" in it as logfmt has it. What has to be escaped
// for eyes is rare.
Encoding put_plain_text(Buffer& out, PyObject* text);

}  // namespace foundation
