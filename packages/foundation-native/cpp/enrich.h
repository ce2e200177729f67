// What extensions add to a line: emoji and trace fields, before it is written; and exporters, which
// are handed each line behind the write.
//
// An emoji depends on the logger's name, the event and a few fields, so it is looked up in a cache
// by these; only a line that is not there asks the extension, which is Python code.
#pragma once

#include <Python.h>

#include "call.h"
#include "clock.h"
#include "fields.h"
#include "linkage.h"
#include "method.h"
#include "outcome.h"

namespace foundation {

// The emoji of one line.
struct Emoji {
  PyObject* text = nullptr;  // owned: bytes, perhaps none; null: not known yet
  ~Emoji() { Py_XDECREF(text); }
};

// Find the emoji of a line in the cache. Bound fields and context fields are
// null where none of them matters. False: core has to be asked.
INTERNAL bool find_emoji(Lane* lane, const Call& call, PyObject* bound, PyObject* context,
                         Emoji& emoji);

// Ask core for the emoji of a line, and keep them in the cache. False: an error is set.
INTERNAL bool ask_for_emoji(Lane* lane, const Call& call, PyObject* context, Emoji& emoji);

// Put the emoji, which lead the event in compact and are a field elsewhere.
inline bool put_emoji(Buffer& out, const Emoji& emoji) {
  return emoji.text == nullptr || out.append(PyBytes_AS_STRING(emoji.text),
                                             static_cast<size_t>(PyBytes_GET_SIZE(emoji.text)));
}

// Put the trace fields. `ended`: with what closes the line. Python code runs here: all other fields
// are bytes by now.
INTERNAL Outcome put_trace_fields(Lane* lane, Line& line, bool* ended);

// Give a written line to the exporter hooks. What they raise is counted: the line is written.
INTERNAL Outcome call_exporter_hooks(const Method* method, const Call& call, PyObject* context,
                                     const Line& line, const Moment& now);

}  // namespace foundation
