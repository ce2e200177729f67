// The event of a line for people, with its emoji, and its colour.
#pragma once

#include "buffer.h"
#include "enrich.h"
#include "lane.h"
#include "text.h"

namespace foundation {

// Put the emoji and the event.
APART Encoding put_shown_event(const Lane* lane, PyObject* event, const Emoji& emoji, Buffer& out);

}  // namespace foundation
