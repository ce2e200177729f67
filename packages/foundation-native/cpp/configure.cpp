#include "configure.h"

#include "lane.h"
#include "layouts.h"
#include "sink.h"

namespace foundation {
namespace {

void set_type(PyTypeObject*& slot, PyObject* type) {
  Py_INCREF(type);
  Py_XSETREF(slot, reinterpret_cast<PyTypeObject*>(type));
}

void set_object(PyObject*& slot, PyObject* object) {
  Py_INCREF(object);
  Py_XSETREF(slot, object);
}

}  // namespace

bool find_slot(PyObject* type, const char* name, Py_ssize_t* offset) {
  PyObject* descriptor = PyObject_GetAttrString(type, name);
  if (descriptor == nullptr) return false;
  const bool found = Py_IS_TYPE(descriptor, &PyMemberDescr_Type) &&
                     definition_in_member(descriptor)->type == kSlotMember;
  if (found) {
    *offset = definition_in_member(descriptor)->offset;
  } else {
    PyErr_Format(PyExc_TypeError, "%s is no slot of %R", name, type);
  }
  Py_DECREF(descriptor);
  return found;
}

int lane_init(PyObject* self, PyObject* arguments, PyObject* keywords) {
  PyObject *owner, *logger, *named, *context, *counter, *stats, *ring;
  const char* names[] = {"owner",   "logger", "named_logger", "context",
                         "counter", "stats",  "ring",         nullptr};
  if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "OO!O!O!O!OO!", const_cast<char**>(names),
                                   &owner, &PyType_Type, &logger, &PyType_Type, &named,
                                   &PyType_Type, &context, &PyType_Type, &counter, &stats,
                                   &PyType_Type, &ring)) {
    return -1;
  }
  Lane* lane = lane_of(self);
  Offsets& at = lane->at;
  if (!find_slot(logger, "_bound", &at.bound) || !find_slot(logger, "_rendered", &at.rendered) ||
      !find_slot(logger, "_site", &at.site) || !find_slot(named, "_ahead", &at.ahead) ||
      !find_slot(named, "_name", &at.name) || !find_slot(named, "_threshold", &at.threshold) ||
      !find_slot(context, "fields", &at.context_fields) ||
      !find_slot(context, "rendered", &at.context_rendered) ||
      // Where threads run at once, a counter has cells.
      (!kFreeThreaded && (!find_slot(counter, "count", &at.count) ||
                          !find_slot(counter, "bytes", &at.bytes))) ||
      !find_slot(ring, "_next", &at.next_sample) || !find_slot(ring, "samples_ns", &at.samples)) {
    return -1;
  }
  PyObject* cold = PyObject_CallNoArgs(reinterpret_cast<PyObject*>(&PyBaseObject_Type));
  PyObject* emoji = PyObject_CallNoArgs(reinterpret_cast<PyObject*>(&PyBaseObject_Type));
  PyObject* written_once =
      emoji == nullptr ? nullptr : PyTuple_Pack(4, emoji, Py_None, Py_None, Py_None);
  Py_XDECREF(emoji);
  if (cold == nullptr || written_once == nullptr) {
    Py_XDECREF(cold);
    Py_XDECREF(written_once);
    return -1;
  }
  Py_XSETREF(lane->cold, cold);
  Py_XSETREF(lane->written_once, written_once);
  set_object(lane->owner, owner);
  set_object(lane->foreign, Py_False);
  set_type(lane->logger_type, logger);
  set_type(lane->named_type, named);
  set_type(lane->context_type, context);
  set_type(lane->counter_type, counter);
  set_type(lane->ring_type, ring);
  set_object(lane->stats, stats);
  return 0;
}

PyObject* lane_configure(PyObject* self, PyObject* arguments, PyObject* keywords) {
  Lane* lane = lane_of(self);
  PyObject *current, *joined, *enrichment, *end, *line_hook, *utc, *rendering, *event_lead, *take;
  PyObject* value_codes;
  int format, descriptor, depth, plus, has_version_stamp, has_emoji, caches_emoji, has_trace_fields;
  int measures, hooks_need_fields, may_keep_gil, details, asks_for_details, plain_exceptions;
  int stack_trace, callsite, digits;
  Py_ssize_t nested_at;
  Py_ssize_t longest_line, longest_string, items, nodes, fields, code_size, close_size;
  const char* names[] = {"current",
                         "joined",
                         "format",
                         "end",
                         "descriptor",
                         "longest_line",
                         "longest_string",
                         "items",
                         "nodes",
                         "fields",
                         "depth",
                         "plus_in_exponent",
                         "enrichment",
                         "has_version_stamp",
                         "has_emoji",
                         "caches_emoji",
                         "has_trace_fields",
                         "measures",
                         "hooks_need_fields",
                         "line_hook",
                         "may_keep_gil",
                         "utc",
                         "rendering",
                         "event_lead",
                         "value_codes",
                         "code_size",
                         "close_size",
                         "take",
                         "details",
                         "asks_for_details",
                         "plain_exceptions",
                         "stack_trace",
                         "callsite",
                         "digits",
                         "nested_at",
                         nullptr};
  if (!PyArg_ParseTupleAndKeywords(
          arguments, keywords, "OOiSinnnnnipOppppppOpOOSSnnOpppppin", const_cast<char**>(names), &current, &joined, &format,
          &end, &descriptor, &longest_line, &longest_string, &items, &nodes, &fields, &depth, &plus, &enrichment,
          &has_version_stamp, &has_emoji, &caches_emoji, &has_trace_fields, &measures,
          &hooks_need_fields, &line_hook, &may_keep_gil, &utc, &rendering, &event_lead, &value_codes, &code_size,
          &close_size, &take, &details, &asks_for_details, &plain_exceptions, &stack_trace,
          &callsite, &digits, &nested_at)) {
    return nullptr;
  }
  set_object(lane->current, current);
  set_object(lane->joined, joined);
  set_object(lane->end, end);
  set_object(lane->utc, utc);
  set_object(lane->rendering, rendering);
  set_object(lane->people.event_lead, event_lead);
  set_object(lane->people.values.codes, value_codes);
  lane->people.values.size = static_cast<size_t>(code_size);
  if (code_size != 0) lane->keys.use_colors();
  lane->people.close_size = static_cast<size_t>(close_size);
  if (enrichment != Py_None) set_object(lane->enrichment, enrichment);
  set_object(lane->take, take);
  if (line_hook != Py_None) set_object(lane->line_hook, line_hook);
  lane->format = static_cast<Format>(format);
  lane->descriptor = descriptor;
  lane->digits = digits;
  lane->may_keep_gil = descriptor >= 0 && may_keep_gil != 0;
  lane->keeps_gil = lane->may_keep_gil && never_waits(descriptor);
  lane->longest_line = longest_line;
  lane->longest_string = longest_string;
  lane->most_items = items;
  lane->most_nodes = nodes;
  lane->most_fields = fields;
  lane->most_depth = depth;
  lane->plus_in_exponent = plus != 0;
  lane->has_version_stamp = has_version_stamp != 0;
  lane->has_emoji = has_emoji != 0;
  lane->caches_emoji = caches_emoji != 0;
  lane->is_traced = has_trace_fields != 0;
  lane->has_trace_fields = has_trace_fields != 0 || nested_at != 0;
  lane->nested_at = nested_at;
  lane->usual_event = lane->format != Format::kCompact && nested_at == 0;
  lane->measures = measures != 0;
  lane->hooks_need_fields = hooks_need_fields != 0;
  lane->puts_details = details != 0;
  lane->asks_for_details = asks_for_details != 0;
  lane->plain_exceptions = plain_exceptions != 0;
  lane->puts_stack_trace = stack_trace != 0;
  lane->puts_callsite = callsite != 0;
  lane->looks_closer = has_emoji != 0 || callsite != 0;
  Py_RETURN_NONE;
}

PyObject* lane_use_stream(PyObject* self, PyObject* arguments) {
  int descriptor, transcodes;
  PyObject *lock, *entry_type;
  if (!PyArg_ParseTuple(arguments, "iOpO!", &descriptor, &lock, &transcodes, &PyType_Type,
                        &entry_type)) {
    return nullptr;
  }
  if (!use_stream(&lane_of(self)->stream, descriptor, lock, transcodes != 0, entry_type)) {
    return nullptr;
  }
  Py_RETURN_NONE;
}

PyObject* lane_use_screen(PyObject* self, PyObject* arguments) {
  int is_usual, is_wide, has_gutter;
  Py_ssize_t width, hang;
  PyObject *codes, *tags;
  if (!PyArg_ParseTuple(arguments, "O!Oppnnp", &PyTuple_Type, &codes, &tags, &is_usual, &is_wide,
                        &width, &hang, &has_gutter)) {
    return nullptr;
  }
  Screen& screen = lane_of(self)->screen;
  if (screen.event_codes == nullptr) {  // these stay: other threads may be using them
    screen.word_known = PyUnicode_InternFromString("known");
    if (screen.word_known == nullptr) return nullptr;
    screen.tags = Py_NewRef(tags);
    screen.event_codes = Py_NewRef(codes);
  }
  screen.is_used = true;
  screen.is_usual = is_usual != 0;
  screen.is_wide = is_wide != 0;
  screen.has_gutter = has_gutter != 0;
  screen.width = width;
  screen.hang = hang;
  Py_RETURN_NONE;
}

}  // namespace foundation
