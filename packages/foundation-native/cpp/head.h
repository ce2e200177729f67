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
// memory, or (without a GIL) the second is long past.
inline bool put_head(const Method* method, const Prefix* prefix, const Moment& now, Buffer& out) {
  const Lane* lane = method->lane;
  const size_t lead_size = static_cast<size_t>(PyBytes_GET_SIZE(method->lead));
  const int digits = lane->digits;
#if FOUNDATION_FREE_THREADED
  char text[Second::kMost];
  const size_t size = lane->second.copy(now.second, text);
  if (size == 0) return false;
#else
  const char* text = lane->second.text();
  const size_t size = lane->second.size();
#endif
  if (!out.reserve(size + 6 + lead_size + prefix->head_size)) return false;
  char* cursor = out.cursor();
  std::memcpy(cursor, text, size);
  cursor += size;
  put_fraction(cursor, now.micros, digits);
  cursor += digits;
  std::memcpy(cursor, PyBytes_AS_STRING(method->lead), lead_size);
  cursor += lead_size;
  std::memcpy(cursor, prefix->head(), prefix->head_size);
  out.advance_to(cursor + prefix->head_size);
  return true;
}

}  // namespace foundation
