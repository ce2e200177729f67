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

// Look the emoji of a line up in the cache. `fields` is what is known of the call's names, or null.
// False: core has to be asked.
INTERNAL bool look_up_emoji(Lane* lane, const Call& call, PyObject* bound, PyObject* context,
                            EmojiFields* fields, Emoji& emoji);

// Find the emoji of a line: the last line with these names may have been like it, else the cache
// tells. Bound fields and context fields are null where none of them matters. False: core has to be
// asked.
inline bool find_emoji(Lane* lane, const Call& call, PyObject* bound, PyObject* context,
                       Emoji& emoji) {
  EmojiFields* fields = nullptr;
  if (call.names != nullptr && bound == nullptr && context == nullptr) {
    fields = lane->emoji_fields.find(call.names);
    if (fields != nullptr) {
      PyObject* name = slot_of<PyObject>(site_of(lane, call.logger), lane->at.name);
      emoji.text = Py_XNewRef(fields->last_emoji(name, call.event, call.values));
      if (emoji.text != nullptr) return true;
    }
  }
  return look_up_emoji(lane, call, bound, context, fields, emoji);
}

// Ask core for the emoji of a line, or how wide they and the event are, and keep the answer. False:
// an error is set.
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
