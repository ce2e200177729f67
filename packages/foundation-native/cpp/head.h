// What a line begins with, up to its event.
#pragma once

#include <Python.h>

#include <cstring>

#include "buffer.h"
#include "clock.h"
#include "method.h"
#include "prefix.h"

namespace foundation {

// Put what leads to the event: the time, the level and the logger's name. False: there is no
// memory.
inline bool put_head(const Method* method, const Prefix* prefix, const Moment& now, Buffer& out) {
  const Lane* lane = method->lane;
  const size_t lead_size = static_cast<size_t>(PyBytes_GET_SIZE(method->lead));
  const int digits = lane->digits;
  if (!out.reserve(lane->second.size + 6 + lead_size + prefix->head_size)) return false;
  char* cursor = out.cursor();
  std::memcpy(cursor, lane->second.text, lane->second.size);
  cursor += lane->second.size;
  put_fraction(cursor, now.micros, digits);
  cursor += digits;
  std::memcpy(cursor, PyBytes_AS_STRING(method->lead), lead_size);
  cursor += lead_size;
  std::memcpy(cursor, prefix->head(), prefix->head_size);
  out.advance_to(cursor + prefix->head_size);
  return true;
}

}  // namespace foundation
