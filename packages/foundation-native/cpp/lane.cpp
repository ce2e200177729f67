#include "lane.h"

#include <cstring>
#include <new>

#include "call.h"
#include "configure.h"
#include "logger.h"
#include "module.h"
#include "prefix.h"
#include "rare.h"
#include "sink.h"

namespace foundation {
namespace {

PyObject* lane_new(PyTypeObject* type, PyObject*, PyObject*) {
  auto* state = static_cast<ModuleState*>(PyType_GetModuleState(type));
  if (state == nullptr) return nullptr;
  PyObject* self = type->tp_alloc(type, 0);
  if (self == nullptr) return nullptr;
  Lane* lane = lane_of(self);
  new (&lane->keys) KeyTable();
  new (&lane->inner_keys) KeyTable();
  new (&lane->plans) PlanTable();
  new (&lane->clock) Clock();
  new (&lane->emoji_cache) EmojiCache();
  new (&lane->emoji_fields) EmojiFieldsTable();
  new (&lane->trace_fields) TraceFields();
  new (&lane->people) People();
  new (&lane->screen) Screen();
  new (&lane->second) Second();
  new (&lane->state) Shared<Lane::State>(Lane::State::kActive);
  new (&lane->uncounted) Shared<int64_t>(0);
  lane->descriptor = -1;
  lane->prefix_type =
      reinterpret_cast<PyTypeObject*>(Py_NewRef(reinterpret_cast<PyObject*>(state->prefix_type)));
  if (!lane->clock.find(state->time, state->time_watcher) || !make_words(lane->words)) {
    Py_CLEAR(self);
  }
  return self;
}

PyObject* lane_supersede(PyObject* self, PyObject*) {
  lane_of(self)->state = Lane::State::kSuperseded;
  Py_RETURN_NONE;
}

PyObject* lane_fail_over(PyObject* self, PyObject* faulty) {
  const int yes = PyObject_IsTrue(faulty);
  if (yes < 0) return nullptr;
  Lane* lane = lane_of(self);
  lane->state.set_unless(Lane::State::kSuperseded,
                         yes != 0 ? Lane::State::kFailover : Lane::State::kActive);
  Py_RETURN_NONE;
}

PyObject* lane_settle(PyObject* self, PyObject*) {
  if (!settle_lost(lane_of(self))) return nullptr;
  Py_RETURN_NONE;
}

PyObject* lane_hide_emoji(PyObject* self, PyObject*) {
  lane_of(self)->has_emoji = false;
  Py_RETURN_NONE;
}

PyObject* lane_clear_emoji_cache(PyObject* self, PyObject*) {
  lane_of(self)->emoji_cache.clear();
  lane_of(self)->emoji_fields.clear();
  Py_RETURN_NONE;
}

// Say of a class whether what is made for loggers of one class can be made for it.
bool takes_class(const Lane* lane, PyObject* type) {
  const bool known = type == reinterpret_cast<PyObject*>(lane->logger_type) ||
                     type == reinterpret_cast<PyObject*>(lane->named_type);
  return known && knows_layout(lane);
}

PyObject* lane_level_gate(PyObject* self, PyObject* arguments) {
  PyObject* type;
  Py_ssize_t index;
  if (!PyArg_ParseTuple(arguments, "On", &type, &index)) return nullptr;
  if (!takes_class(lane_of(self), type)) Py_RETURN_NONE;
  return make_level_gate(reinterpret_cast<PyTypeObject*>(type), index);
}

PyObject* lane_bind_method(PyObject* self, PyObject* type) {
  if (!takes_class(lane_of(self), type)) Py_RETURN_NONE;
  return make_bind(reinterpret_cast<PyTypeObject*>(type));
}

PyObject* get_foreign(PyObject* self, void*) {
  const Locked section(self);
  return Py_NewRef(lane_of(self)->foreign);
}

int set_foreign(PyObject* self, PyObject* value, void*) {
  replace_in(self, lane_of(self)->foreign, Py_NewRef(value == nullptr ? Py_False : value));
  return 0;
}

int set_plain_dtypes(PyObject* self, PyObject* value, void*) {
  replace_in(self, lane_of(self)->plain_dtypes, Py_XNewRef(value));
  return 0;
}

PyObject* get_keeps_gil(PyObject* self, void*) { return PyBool_FromLong(lane_of(self)->keeps_gil); }

int lane_traverse(PyObject* self, visitproc visit, void* arg) {
  Lane* lane = lane_of(self);
  Py_VISIT(Py_TYPE(self));
  Py_VISIT(lane->owner);
  Py_VISIT(lane->logger_type);
  Py_VISIT(lane->named_type);
  Py_VISIT(lane->context_type);
  Py_VISIT(lane->counter_type);
  Py_VISIT(lane->ring_type);
  Py_VISIT(lane->stats);
  Py_VISIT(lane->prefix_type);
  Py_VISIT(lane->current);
  Py_VISIT(lane->joined);
  Py_VISIT(lane->foreign);
  Py_VISIT(lane->sibling);
  Py_VISIT(lane->each_time);
  Py_VISIT(lane->cold);
  Py_VISIT(lane->written_once);
  Py_VISIT(lane->enrichment);
  Py_VISIT(lane->line_hook);
  Py_VISIT(lane->take);
  Py_VISIT(lane->rendering);
  Py_VISIT(lane->screen.tags);
  Py_VISIT(lane->trace_fields.last());
  if (const int stop = lane->clock.traverse(visit, arg)) return stop;
  return traverse_stream(&lane->stream, visit, arg);
}

// Only what can be part of a cycle: a call in flight still uses the rest.
int lane_clear(PyObject* self) {
  Py_CLEAR(lane_of(self)->owner);
  Py_CLEAR(lane_of(self)->sibling);
  return 0;
}

void lane_dealloc(PyObject* self) {
  PyObject_GC_UnTrack(self);
  Lane* lane = lane_of(self);
  Py_CLEAR(lane->owner);
  Py_CLEAR(lane->logger_type);
  Py_CLEAR(lane->named_type);
  Py_CLEAR(lane->context_type);
  Py_CLEAR(lane->counter_type);
  Py_CLEAR(lane->ring_type);
  Py_CLEAR(lane->stats);
  Py_CLEAR(lane->prefix_type);
  Py_CLEAR(lane->current);
  Py_CLEAR(lane->joined);
  Py_CLEAR(lane->foreign);
  Py_CLEAR(lane->sibling);
  Py_CLEAR(lane->each_time);
  Py_CLEAR(lane->cold);
  Py_CLEAR(lane->written_once);
  Py_CLEAR(lane->enrichment);
  Py_CLEAR(lane->line_hook);
  Py_CLEAR(lane->take);
  Py_CLEAR(lane->end);
  Py_CLEAR(lane->utc);
  Py_CLEAR(lane->rendering);
  Py_CLEAR(lane->plain_dtypes);
  clear_words(lane->words);
  clear_stream(&lane->stream);
  lane->keys.~KeyTable();
  lane->inner_keys.~KeyTable();
  lane->plans.~PlanTable();
  lane->clock.~Clock();
  lane->emoji_cache.~EmojiCache();
  lane->emoji_fields.~EmojiFieldsTable();
  lane->trace_fields.~TraceFields();
  lane->people.~People();
  PyTypeObject* type = Py_TYPE(self);
  type->tp_free(self);
  Py_DECREF(type);
}

// pair_with(second): both make the lines of one call, each in its format.
PyObject* lane_pair_with(PyObject* self, PyObject* other) {
  if (!Py_IS_TYPE(other, Py_TYPE(self)) || other == self) {
    PyErr_SetString(PyExc_TypeError, "a lane is paired with another lane");
    return nullptr;
  }
  Lane *first = lane_of(self), *second = lane_of(other);
  PyObject* each_time = make_each_time(second);
  if (each_time == nullptr) return nullptr;
  Py_XSETREF(second->each_time, each_time);
  Py_XSETREF(first->sibling, reinterpret_cast<Lane*>(Py_NewRef(other)));
  Py_XSETREF(second->sibling, reinterpret_cast<Lane*>(Py_NewRef(self)));
  second->place = 2;
  Py_RETURN_NONE;
}

PyMethodDef lane_methods[] = {
    {"configure", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(lane_configure)),
     METH_VARARGS | METH_KEYWORDS, PyDoc_STR("Say what lines look like and where they go.")},
    {"use_stream", lane_use_stream, METH_VARARGS,
     PyDoc_STR("Write to stdout or stderr, while it is the interpreter's own.")},
    {"use_screen", lane_use_screen, METH_VARARGS,
     PyDoc_STR("Say what the layout of lines depends on.")},
    {"pair_with", lane_pair_with, METH_O,
     PyDoc_STR("Make, with another lane, the lines of calls to several outputs.")},
    {"supersede", lane_supersede, METH_NOARGS,
     PyDoc_STR("Forward all calls that still come here.")},
    {"settle", lane_settle, METH_NOARGS,
     PyDoc_STR("Count what could not be counted when it was lost.")},
    {"hide_emoji", lane_hide_emoji, METH_NOARGS, PyDoc_STR("Leave the emoji out of lines.")},
    {"clear_emoji_cache", lane_clear_emoji_cache, METH_NOARGS,
     PyDoc_STR("Ask for the emoji of every line anew.")},
    {"level_gate", lane_level_gate, METH_VARARGS,
     PyDoc_STR("Return the gate of a level, by its index, for a class: no logger of it writes that "
               "level.")},
    {"bind_method", lane_bind_method, METH_O, PyDoc_STR("Return `bind` for a class.")},
    {"fail_over", lane_fail_over, METH_O,
     PyDoc_STR("Give every line to the writer, which recovers; or to the kernel again.")},
    {nullptr, nullptr, 0, nullptr},
};

PyGetSetDef lane_attributes[] = {
    {"foreign", get_foreign, set_foreign,
     PyDoc_STR("What is true while a variable is bound through structlog."), nullptr},
    {"plain_dtypes", nullptr, set_plain_dtypes,
     PyDoc_STR("The kinds of arrays whose items are plain numbers."), nullptr},
    {"keeps_gil", get_keeps_gil, nullptr, PyDoc_STR("Whether writes keep the GIL."), nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyType_Slot lane_slots[] = {
    {Py_tp_doc, const_cast<char*>("Hold what the level methods of one configuration share.")},
    {Py_tp_new, reinterpret_cast<void*>(lane_new)},
    {Py_tp_init, reinterpret_cast<void*>(lane_init)},
    {Py_tp_traverse, reinterpret_cast<void*>(lane_traverse)},
    {Py_tp_clear, reinterpret_cast<void*>(lane_clear)},
    {Py_tp_dealloc, reinterpret_cast<void*>(lane_dealloc)},
    {Py_tp_methods, lane_methods},
    {Py_tp_getset, lane_attributes},
    {0, nullptr},
};

PyType_Spec lane_spec = {
    "provide.foundation.native._lane.Lane",  sizeof(Lane), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, lane_slots,
};

}  // namespace

RARE bool refresh_clock(Lane* lane, int64_t number) {
  PyObject* text = call_by_name(lane->owner, "text_of_second", "L", static_cast<long long>(number));
  if (text == nullptr) return false;
  const bool fits = PyBytes_CheckExact(text) &&
                    PyBytes_GET_SIZE(text) <= static_cast<Py_ssize_t>(Second::kMost);
  if (fits) {
    lane->second.set(number, PyBytes_AS_STRING(text), static_cast<size_t>(PyBytes_GET_SIZE(text)));
    // The sink may lead elsewhere now.
    lane->keeps_gil = lane->may_keep_gil && never_waits(lane->descriptor);
    look_at_stream(&lane->stream);
  } else {
    PyErr_SetString(PyExc_TypeError, "the text of a second is too long");
  }
  Py_DECREF(text);
  return fits;
}

int add_lane_type(PyObject* module) {
  PyObject* type = PyType_FromModuleAndSpec(module, &lane_spec, nullptr);
  if (type == nullptr) return -1;
  state_of(module)->lane_type = reinterpret_cast<PyTypeObject*>(type);
  return PyModule_AddType(module, state_of(module)->lane_type);
}

}  // namespace foundation
