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

// What a line's emoji are and whether that is known.
struct Mark {
  PyObject* text = nullptr;  // owned: bytes, perhaps none
  ~Mark() { Py_XDECREF(text); }
};

// Find the emoji of a line among those that are remembered. Bound fields and context fields are
// null where none of them matters. False: core has to be asked.
INTERNAL bool find_mark(Lane* lane, const Call& call, PyObject* bound, PyObject* context,
                        Mark& mark);

// Ask core for the emoji of a line, and remember the answer. False: an error is set.
INTERNAL bool make_mark(Lane* lane, const Call& call, PyObject* context, Mark& mark);

// Put the emoji, which lead the event in compact and are a field elsewhere.
inline bool put_mark(Buffer& out, const Mark& mark) {
  return mark.text == nullptr ||
         out.append(PyBytes_AS_STRING(mark.text), static_cast<size_t>(PyBytes_GET_SIZE(mark.text)));
}

// Add what fragments say. Python code runs here: all fields are bytes by now.
INTERNAL Outcome put_fragments(Lane* lane, Line& line, bool* ended);

// Hand a written line to extensions. What they raise is counted, and the line is not lost by it.
INTERNAL Outcome tap(const Method* method, const Call& call, PyObject* context, const Line& line,
                     const Moment& now);

}  // namespace foundation
