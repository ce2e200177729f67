#include "shown_event.h"

#include <cstring>

#include "call.h"
#include "rare.h"

namespace foundation {
namespace {

// Close the event, and put spaces behind it up to a column.
Encoding align(const Lane* lane, PyObject* event, const Emoji& emoji, Buffer& out) {
  const People& people = lane->people;
  const bool bare = emoji.text == nullptr || PyBytes_GET_SIZE(emoji.text) == 0;
  const Py_ssize_t columns = bare && PyUnicode_IS_ASCII(event)
                                 ? PyUnicode_GET_LENGTH(event)
                                 : people.widths.find(event, emoji.text);
  if (columns < 0) return Encoding::kUnknownWidth;
  const size_t gap =
      columns < people.event_width ? static_cast<size_t>(people.event_width - columns) : 0;
  if (!out.append(PyBytes_AS_STRING(lane->end), people.close_size) || !out.reserve(gap)) {
    return Encoding::kNeedsPython;
  }
  std::memset(out.cursor(), ' ', gap);
  out.advance_to(out.cursor() + gap);
  return Encoding::kEncoded;
}

}  // namespace

Encoding put_shown_event(const Lane* lane, PyObject* event, const Emoji& emoji, Buffer& out) {
  const People& people = lane->people;
  const auto lead_size = static_cast<size_t>(PyBytes_GET_SIZE(people.event_lead));
  if (!put_emoji(out, emoji) || !out.append(PyBytes_AS_STRING(people.event_lead), lead_size)) {
    return Encoding::kNeedsPython;
  }
  const bool aligns = people.event_width != 0;
  const Encoding encoding = put_plain_text(out, event, !aligns);
  return encoding == Encoding::kEncoded && aligns ? align(lane, event, emoji, out) : encoding;
}

RARE bool ask_for_width(Lane* lane, PyObject* event, PyObject* emoji) {
  PyObject* text = emoji == nullptr ? PyBytes_FromStringAndSize(nullptr, 0) : Py_NewRef(emoji);
  if (text == nullptr) return false;
  PyObject* answer = call_by_name(lane->owner, "columns_of", "OO", text, event);
  Py_DECREF(text);
  if (answer == nullptr) return false;
  const Py_ssize_t columns = PyLong_AsSsize_t(answer);
  Py_DECREF(answer);
  if (columns < 0) {
    if (PyErr_Occurred() == nullptr) PyErr_SetString(PyExc_ValueError, "a width is negative");
    return false;
  }
  lane->people.widths.keep(event, emoji, columns);
  return true;
}

void WidthTable::keep(PyObject* event, PyObject* emoji, Py_ssize_t columns) {
  Slot& slot = slots_[place(event)];
  const Slot older = slot;
  slot = {Py_NewRef(event), Py_XNewRef(emoji), columns};
  Py_XDECREF(older.event);
  Py_XDECREF(older.emoji);
}

void WidthTable::clear() {
  for (Slot& slot : slots_) {
    Py_CLEAR(slot.event);
    Py_CLEAR(slot.emoji);
  }
}

}  // namespace foundation
