#include "method.h"

#include <cstddef>

#include "call.h"
#include "clock.h"
#include "context.h"
#include "deliver.h"
#include "lane.h"
#include "layouts.h"
#include "module.h"
#include "outcome.h"
#include "rare.h"
#include "record.h"
#include "rewrite.h"
#include "samples.h"
#include "several.h"

namespace foundation {
namespace {

// One call in this many is timed: as core has it in `SAMPLE_EVERY`.
constexpr int64_t kSampleEvery = 64;
Method* method_of(PyObject* self) { return reinterpret_cast<Method*>(self); }

bool is_logger(const Lane* lane, PyObject* object) {
  const PyTypeObject* type = Py_TYPE(object);
  return type == lane->named_type || type == lane->logger_type ||
         PyObject_TypeCheck(object, lane->logger_type);
}

// Make a logger that nothing has initialised one of core's default name. False: it cannot be, and
// its line is lost.
RARE bool adopt(Lane* lane, PyObject* logger) {
  PyObject* done =
      lane->owner == nullptr ? nullptr : call_by_name(lane->owner, "adopt", "O", logger);
  Py_XDECREF(done);
  return done != nullptr && is_made(lane, logger);
}

// Return the event of a call as text: by core, where code may have to run for it. None: the call is
// written. Null: an exception is set.
RARE PyObject* spell_event(Method* method, const Call& call, const Moment& now) {
  PyObject* text = format_event(call);
  if (text != nullptr || PyErr_Occurred() != nullptr) return text;
  Lane* lane = method->lane;
  text = spell(lane, call, method->level);
  if (text == nullptr || text == Py_None) return text;
  if (!PyUnicode_CheckExact(text)) {
    // PyErr_BadInternalCall would put the path of this file into the module.
    PyErr_SetString(PyExc_SystemError, "core has spelt an event as no text");
    Py_CLEAR(text);
  } else if (!lane->second.is(now.second) && !refresh_clock(lane, now.second)) {
    Py_CLEAR(text);  // another line had another second
  }
  return text;
}

// Count a line that is lost, for each of the outputs. Null: an interrupt is set.
template <bool kSeveral>
RARE PyObject* lose_line(const Method* method) {
  return kSeveral ? lose_all(*method->group) : count_lost(method->lane, method->level);
}

// Write a call with positional arguments, or whose event is no string. Null: an interrupt is set.
template <bool kSeveral>
RARE PyObject* write_odd(Method* method, const Call& call, const Moment& now) {
  Lane* lane = method->lane;
  PyObject* text = spell_event(method, call, now);
  if (text == Py_None) return text;
  PyObject* context = text != nullptr ? find_context(lane) : nullptr;
  PyObject* result = nullptr;
  if (context != nullptr) {
    const Call other{call.logger, text, nullptr, 0, call.names, call.values};
    result = kSeveral ? write_several(method, other, context, now)
                      : write_record(method, other, context, now);
    Py_DECREF(context);
    Py_DECREF(text);
    return result;
  }
  Py_XDECREF(text);
  if (forget_exception()) result = fall_back(lane, call, method->level);
  return result != nullptr ? result : lose_line<kSeveral>(method);
}

// Write a call whose level is on. Null: an interrupt is set; nothing else leaves a log call.
template <bool kSeveral>
PyObject* write_call(Method* method, const Call& call) {
  Lane* lane = method->lane;
  if (lane->state == Lane::State::kSuperseded) {
    PyObject* sent = forward(lane, call, method->level);
    return sent != nullptr ? sent : lose_line<kSeveral>(method);
  }
  if (lane->owner == nullptr) Py_RETURN_NONE;  // it is being collected
  if (lane->uncounted != 0 && !settle_lost(lane)) return nullptr;

#if FOUNDATION_FREE_THREADED
  const int64_t written = method->written;
#else
  const PyObject* count = slot_of<PyObject>(method->counter, lane->at.count);
  const long long written = PyLong_AsLongLong(const_cast<PyObject*>(count));
#endif
  const bool timed = written >= method->next_sample;
  int64_t started = 0;
  if (timed) {
    method->next_sample = written + kSampleEvery;
    started = read_timer_ns();
  }

  PyObject* result = nullptr;
  Moment now;
  if (!lane->clock.read(&now)) return nullptr;
  const bool odd = !PyUnicode_CheckExact(call.event) || call.positional_count > 0;
  Outcome outcome = odd ? Outcome::kNeedsPython : Outcome::kGoOn;
  if (!lane->second.is(now.second) && !refresh_clock(lane, now.second)) {
    outcome = outcome_of_exception();
  }
  if (outcome == Outcome::kNoMemory || outcome == Outcome::kRaised) {
    if (outcome == Outcome::kNoMemory) PyErr_NoMemory();
    result = lose_line<kSeveral>(method);
  } else if (!lane->second.is(now.second)) {  // core has no text for it: Python has the time
    result = fall_back(lane, call, method->level);
    if (result == nullptr) result = lose_line<kSeveral>(method);
  } else if (outcome == Outcome::kNeedsPython) {
    result = write_odd<kSeveral>(method, call, now);
  } else {
    PyObject* context = find_context(lane);
    if (context == nullptr) {
      result = lose_line<kSeveral>(method);
    } else {
      result = kSeveral ? write_several(method, call, context, now)
                        : write_record(method, call, context, now);
      Py_DECREF(context);
    }
  }
  if (timed && result != nullptr &&
      !(add_sample(lane, read_timer_ns() - started) &&
        (!kSeveral || measure_several(method->group))) &&
      !forget_exception()) {
    Py_CLEAR(result);
  }
  return result;
}

// Write a call whose outputs depend on the name of its logger. Null: an interrupt is set.
PyObject* write_chosen(Method* method, const Call& call) {
  PyObject* chosen = choose(method, call);
  if (chosen == nullptr || chosen == Py_None) return chosen;
  PyObject* result = write_call<true>(method_of(chosen), call);
  Py_DECREF(chosen);
  return result;
}

// log.info(event, *args, **fields)
template <bool kSeveral>
PyObject* call_method(PyObject* self, PyObject* const* arguments, size_t flags, PyObject* names) {
  Method* method = method_of(self);
  Lane* lane = method->lane;
  const Py_ssize_t count = PyVectorcall_NARGS(flags);
  if (count < 2 || !is_logger(lane, arguments[0])) {
    PyErr_Format(PyExc_TypeError, "%U() takes a logger and an event", method->name);
    return nullptr;
  }
  PyObject* logger = arguments[0];
  if (!is_made(lane, logger) && !adopt(lane, logger)) return lose_line<kSeveral>(method);
  PyObject* threshold = slot_of<PyObject>(site_of(lane, logger), lane->at.threshold);
  if (PyLong_AsLong(threshold) > method->level) Py_RETURN_NONE;
  const Call call{logger, arguments[1], arguments + 2, count - 2, names, arguments + count};
  const bool asks = kSeveral && method->choices != nullptr;
  const bool superseded = lane->state == Lane::State::kSuperseded;
  return asks && !superseded ? write_chosen(method, call) : write_call<kSeveral>(method, call);
}

PyObject* method_new(PyTypeObject* type, PyObject* arguments, PyObject* keywords) {
  PyObject *lane, *counter, *name, *lead, *makers = nullptr, *writers = nullptr, *choices = nullptr;
  int level, index;
  const char* names[] = {"lane", "level",  "index",   "counter", "name",
                         "lead", "makers", "writers", "choices", nullptr};
  auto* state = static_cast<ModuleState*>(PyType_GetModuleState(type));
  if (state == nullptr || !PyArg_ParseTupleAndKeywords(
                              arguments, keywords, "O!iiOUS|O!O!O!", const_cast<char**>(names),
                              state->lane_type, &lane, &level, &index, &counter, &name, &lead,
                              &PyTuple_Type, &makers, &PyTuple_Type, &writers, &PyDict_Type,
                              &choices)) {
    return nullptr;
  }
  if (!Py_IS_TYPE(counter, reinterpret_cast<Lane*>(lane)->counter_type)) {
    PyErr_SetString(PyExc_TypeError, "counter is of another class");
    return nullptr;
  }
  Group* group = nullptr;
  if (makers != nullptr && writers != nullptr) {
    group = make_group(state->method_type, makers, writers);
    if (group == nullptr) return nullptr;
  }
  PyObject* self = type->tp_alloc(type, 0);
  if (self == nullptr) {
    free_group(group);
    return nullptr;
  }
  Method* method = method_of(self);
  method->vectorcall = group == nullptr ? call_method<false> : call_method<true>;
  method->group = group;
  method->lane = reinterpret_cast<Lane*>(Py_NewRef(lane));
  method->counter = Py_NewRef(counter);
  method->name = Py_NewRef(name);
  method->lead = Py_NewRef(lead);
  method->choices = Py_XNewRef(choices);
  method->level = level;
  method->index = index;
  return self;
}

PyObject* method_get(PyObject* self, PyObject* instance, PyObject*) {
  return instance == nullptr ? Py_NewRef(self) : PyMethod_New(self, instance);
}

PyObject* method_repr(PyObject* self) {
  return PyUnicode_FromFormat("<level method %U of the native lane>", method_of(self)->name);
}

int method_traverse(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(self));
  Py_VISIT(method_of(self)->attributes);
  Py_VISIT(method_of(self)->lane);
  Py_VISIT(method_of(self)->counter);
  Py_VISIT(method_of(self)->choices);
  return traverse_group(method_of(self)->group, visit, arg);
}

void method_dealloc(PyObject* self) {
  PyObject_GC_UnTrack(self);
  Method* method = method_of(self);
  if (kFreeThreaded && method->uncounted != 0) {  // nobody can ask for it any more
    PyObject *type, *error, *trace;
    PyErr_Fetch(&type, &error, &trace);
    settle_written(method);
    PyErr_Restore(type, error, trace);
  }
  free_group(method->group);
  Py_CLEAR(method->attributes);
  Py_CLEAR(method->lane);
  Py_CLEAR(method->counter);
  Py_CLEAR(method->name);
  Py_CLEAR(method->lead);
  Py_CLEAR(method->choices);
  PyTypeObject* own_type = Py_TYPE(self);
  own_type->tp_free(self);
  Py_DECREF(own_type);
}

// settle(): count what was written when there was no memory to count it.
PyObject* method_settle(PyObject* self, PyObject*) {
  Method* method = method_of(self);
  if (method->uncounted != 0 || method->uncounted_bytes != 0) settle_written(method);
  Py_RETURN_NONE;
}

PyMethodDef method_methods[] = {
    {"settle", method_settle, METH_NOARGS, PyDoc_STR("Count what could not be counted before.")},
    {nullptr, nullptr, 0, nullptr},
};

PyMemberDef method_members[] = {
    {"__vectorcalloffset__", kSizeMember, offsetof(Method, vectorcall), kReadOnly, nullptr},
    {"__dictoffset__", kSizeMember, offsetof(Method, attributes), kReadOnly, nullptr},
    {nullptr, 0, 0, 0, nullptr},
};

PyGetSetDef method_attributes[] = {
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, nullptr, nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyType_Slot method_slots[] = {
    {Py_tp_doc, const_cast<char*>("Be a level method of every logger.")},
    {Py_tp_new, reinterpret_cast<void*>(method_new)},
    {Py_tp_call, reinterpret_cast<void*>(PyVectorcall_Call)},
    {Py_tp_descr_get, reinterpret_cast<void*>(method_get)},
    {Py_tp_repr, reinterpret_cast<void*>(method_repr)},
    {Py_tp_traverse, reinterpret_cast<void*>(method_traverse)},
    {Py_tp_dealloc, reinterpret_cast<void*>(method_dealloc)},
    {Py_tp_members, method_members},
    {Py_tp_methods, method_methods},
    {Py_tp_getset, method_attributes},
    {0, nullptr},
};

PyType_Spec method_spec = {
    "provide.foundation.native._lane.LevelMethod",
    sizeof(Method),
    0,
    // As a function, it is called with the logger in front, and no bound method is made. The
    // interpreter remembers where it found an attribute only if the type of that cannot change
    // (source: `analyze_descriptor` in CPython's specialize.c).
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL |
        Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_METHOD_DESCRIPTOR,
    method_slots,
};

}  // namespace

int add_method_type(PyObject* module) {
  PyObject* type = PyType_FromModuleAndSpec(module, &method_spec, nullptr);
  if (type == nullptr) return -1;
  state_of(module)->method_type = reinterpret_cast<PyTypeObject*>(type);
  return PyModule_AddType(module, state_of(module)->method_type);
}

}  // namespace foundation
