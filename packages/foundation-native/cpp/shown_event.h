// The event of a line for people, with its emoji, its colour and what aligns the rest.
#pragma once

#include "buffer.h"
#include "enrich.h"
#include "lane.h"
#include "text.h"

namespace foundation {

// Put the emoji and the event. `kUnknownWidth`: core has to be asked how wide they are.
APART Encoding put_shown_event(const Lane* lane, PyObject* event, const Emoji& emoji, Buffer& out);

// Ask core how wide an event is behind its emoji (bytes, or null). False: an error is set.
INTERNAL bool ask_for_width(Lane* lane, PyObject* event, PyObject* emoji);

}  // namespace foundation
