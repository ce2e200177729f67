#include "shown_event.h"

#include "call.h"
#include "rare.h"

namespace foundation {
Encoding put_shown_event(const Lane* lane, PyObject* event, const Emoji& emoji, Buffer& out) {
  const People& people = lane->people;
  const auto lead_size = static_cast<size_t>(PyBytes_GET_SIZE(people.event_lead));
  if (!put_emoji(out, emoji) || !out.append(PyBytes_AS_STRING(people.event_lead), lead_size)) {
    return Encoding::kNeedsPython;
  }
  return put_plain_text(out, event);
}

}  // namespace foundation
