#include "method.h"

#include <cstddef>
#include <cstring>

#include "call.h"
#include "clock.h"
#include "fields.h"
#include "lane.h"
#include "module.h"
#include "rare.h"
#include "samples.h"
#include "sink.h"

namespace foundation {
namespace {

struct Method {
  PyObject_HEAD
  vectorcallfunc vectorcall;
  PyObject* attributes;  // __name__, __doc__ and the like
  Lane* lane;
  PyObject* tally;       // what counts the lines of this level
  PyObject* name;        // of the level
  PyObject* lead;        // bytes that stand between the time and the logger's name
  int64_t uncounted;     // lines written when there was no memory to count them
  int64_t uncounted_bytes;  // and their bytes
  int64_t next_sample;   // the count from which on the next call is timed
  int level;
  int index;             // of the level's counter
};

// One call in this many is timed: `ledger.SAMPLE_EVERY`.
constexpr int64_t kSampleEvery = 64;
// So often an attempt is made again, because keys, a logger, a context or the emoji had to be looked
// at first: once for each of them, and again should another thread have changed it meanwhile.
constexpr int kMostAttempts = 6;

Method* method_of(PyObject* self) { return reinterpret_cast<Method*>(self); }

// What ended an attempt at a line.
enum class Step {
  kWritten,
  kRare,
  kUnknownKey,
  kUnmetLogger,
  kUnmetContext,
  kUnmarked,  // the line's emoji is not known yet
  kLost,  // there is no memory, so the Python lanes would not get far either
  kRetired,
  kRaised  // an exception is set
};

Step step_of(Outcome outcome, const Buffer& out) {
  if (outcome == Outcome::kUnknownKey) return Step::kUnknownKey;
  return out.failed() ? Step::kLost : Step::kRare;
}

// What to do about an exception, which is set: only an interrupt stays.
RARE Step step_of_exception() {
  const bool no_memory = PyErr_ExceptionMatches(PyExc_MemoryError) != 0;
  if (!forget_exception()) return Step::kRaised;
  return no_memory ? Step::kLost : Step::kRare;
}

// Return the rendering in a tuple that this lane has made, or null. The tuple's first item says
// whose it is.
Rendering* rendering_in(PyObject* holder, const void* owner) {
  if (holder == nullptr || PyTuple_GET_ITEM(holder, 0) != owner) return nullptr;
  return reinterpret_cast<Rendering*>(PyTuple_GET_ITEM(holder, 1));
}

bool is_logger(const Lane* lane, PyObject* object) {
  const PyTypeObject* type = Py_TYPE(object);
  return type == lane->named_type || type == lane->logger_type ||
         PyObject_TypeCheck(object, lane->logger_type);
}

// Keep a rendering in a slot of a logger or context. False: an error is set.
RARE bool keep_rendering(PyObject* object, Py_ssize_t offset, PyObject* owner,
                         Rendering* rendering, Py_ssize_t size) {
  PyObject* holder = PyTuple_New(size);
  if (holder == nullptr) return false;
  PyTuple_SET_ITEM(holder, 0, Py_NewRef(owner));
  PyTuple_SET_ITEM(holder, 1, Py_NewRef(reinterpret_cast<PyObject*>(rendering)));
  for (Py_ssize_t index = 2; index < size; ++index) {
    PyTuple_SET_ITEM(holder, index, Py_NewRef(Py_None));
  }
  set_slot(object, offset, holder);
  return true;
}

// Render fields ahead, behind `lead`. Null with an error set: there is no memory.
RARE Rendering* render_ahead(Lane* lane, const char* head, size_t head_size, const char* tail,
                             size_t tail_size, PyObject* fields) {
  for (bool asked = false;; asked = true) {
    Line line(lane);
    Outcome outcome = line.out.append(tail, tail_size) ? line.put_fields(fields) : Outcome::kRare;
    if (outcome == Outcome::kUnknownKey) {
      Strangers strangers(lane);
      strangers.meet_all(fields);
      if (!strangers.learn()) return nullptr;
      if (strangers.remain() || asked) break;
      continue;
    }
    if (outcome == Outcome::kDone && !line.met_container()) {
      return make_rendering(lane, head, head_size, line.out.data(), line.out.size(),
                            Rendering::Kind::kReady, line.keys(), line.marking());
    }
    const auto kind =
        outcome == Outcome::kDone ? Rendering::Kind::kEach : Rendering::Kind::kRefused;
    return make_rendering(lane, head, head_size, tail, tail_size, kind, line.keys(), line.marking());
  }
  // Keys remain unknown: the fields are looked at for each line.
  return make_rendering(lane, head, head_size, tail, tail_size, Rendering::Kind::kEach, 0, true);
}

// Return, as a new reference, what belongs to a logger's name. Null: an error is set.
RARE Rendering* render_site(Lane* lane, PyObject* site) {
  Rendering* known = rendering_in(slot_of<PyObject>(site, lane->at.ahead), lane->first);
  if (known == nullptr) known = rendering_in(slot_of<PyObject>(site, lane->at.rendered), lane);
  if (known != nullptr) {
    Py_INCREF(reinterpret_cast<PyObject*>(known));
    return known;
  }
  PyObject* parts = call_by_name(lane->owner, "render_site", "O",
                                 slot_of<PyObject>(site, lane->at.name));
  if (parts == nullptr) return nullptr;
  PyObject *head, *tail;
  Rendering* rendering = nullptr;
  if (PyArg_ParseTuple(parts, "SS", &head, &tail)) {
    rendering = make_rendering(
        lane, PyBytes_AS_STRING(head), static_cast<size_t>(PyBytes_GET_SIZE(head)),
        PyBytes_AS_STRING(tail), static_cast<size_t>(PyBytes_GET_SIZE(tail)),
        Rendering::Kind::kReady, 0, false);
  }
  Py_DECREF(parts);
  return rendering;
}

// Render of a logger what this lane has not rendered yet, and keep it with the logger: of a bound
// one, with its second line, because many a logger is bound for one line. False: an error is set.
RARE bool meet(Lane* lane, PyObject* logger) {
  PyObject* site = site_of(lane, logger);
  auto* self = reinterpret_cast<PyObject*>(lane);
  Rendering* named = render_site(lane, site);
  if (named == nullptr) return false;
  bool met;
  if (logger == site) {
    met = keep_rendering(site, lane->at.rendered, self, named, 4);
  } else {
    Rendering* rendering = render_ahead(lane, named->head(), named->head_size, named->tail(),
                                        named->tail_size(), bound_of(lane, logger));
    met = rendering != nullptr && keep_rendering(site, lane->at.ahead, lane->first, named, 4) &&
          keep_rendering(logger, lane->at.rendered, self, rendering, 4);
    Py_XDECREF(reinterpret_cast<PyObject*>(rendering));
  }
  Py_DECREF(reinterpret_cast<PyObject*>(named));
  return met;
}

// Render the fields of a context, and keep the result with it. False: an error is set.
RARE bool meet_context(Lane* lane, PyObject* context) {
  Rendering* rendering =
      render_ahead(lane, "", 0, "", 0, slot_of<PyObject>(context, lane->at.context_fields));
  if (rendering == nullptr) return false;
  const bool met = keep_rendering(context, lane->at.context_rendered,
                                  reinterpret_cast<PyObject*>(lane), rendering, 3);
  Py_DECREF(reinterpret_cast<PyObject*>(rendering));
  return met;
}

// Say whether a key of the call, or of `others`, is among `fields`. All keys are exact strings.
bool meets(const Call& call, PyObject* others, PyObject* fields) {
  for (Py_ssize_t index = 0; index < call.field_count(); ++index) {
    if (PyDict_Contains(fields, PyTuple_GET_ITEM(call.names, index)) != 0) return true;
  }
  Py_ssize_t position = 0;
  PyObject* name;
  while (others != nullptr && PyDict_Next(others, &position, &name, nullptr)) {
    if (PyDict_Contains(fields, name) != 0) return true;
  }
  return false;
}

// Put what is kept of a logger's bound fields, or of a context's, or the fields themselves.
Outcome put_rendering(Line& line, const Rendering* rendering, bool each, PyObject* fields) {
  if (rendering->kind == Rendering::Kind::kRefused) return Outcome::kRare;
  if (!line.out.append(rendering->tail(), rendering->tail_size())) return Outcome::kRare;
  if (each || rendering->kind == Rendering::Kind::kEach) return line.put_fields(fields);
  return line.spend(PyDict_GET_SIZE(fields)) ? Outcome::kDone : Outcome::kRare;
}

// Ask for each field of a dict that markers look at.
bool ask_for(const Lane* lane, PyObject* fields, Question& question) {
  Py_ssize_t position = 0;
  PyObject *name, *value;
  while (PyDict_Next(fields, &position, &name, &value)) {
    const Key* key = PyUnicode_CheckExact(name) ? lane->keys.find(name) : nullptr;
    if (key == nullptr) return false;
    if (key->marking) question.add(name, value);
  }
  return true;
}

// Ask for each field of a call that markers look at, and remember where they stand.
bool ask_for(Lane* lane, const Call& call, Question& question) {
  Shape shape{};
  for (Py_ssize_t index = 0; index < call.field_count(); ++index) {
    PyObject* name = PyTuple_GET_ITEM(call.names, index);
    // A subclass may run code to find its hash.
    const Key* key = PyUnicode_CheckExact(name) ? lane->keys.find(name) : nullptr;
    if (key == nullptr) return false;
    if (!key->marking) continue;
    question.add(name, call.values[index]);
    if (shape.size == Shape::kMost || index > INT16_MAX) shape.size = -1;
    if (shape.size >= 0) shape.places[shape.size++] = static_cast<int16_t>(index);
  }
  lane->shapes.keep(call.names, shape);
  return true;
}

// Collect what the emoji of a line depends on. Bound fields and context fields are null where
// none of them matters. False: there is more to it, or a key that is not known yet.
bool ask(Lane* lane, const Call& call, PyObject* bound, PyObject* context, Question& question) {
  if (call.names != nullptr) {
    const Shape* known = lane->shapes.find(call.names);
    if (known != nullptr) {
      if (known->size < 0) return false;
      question.add(*known, call.values);
    } else if (!ask_for(lane, call, question)) {
      return false;
    }
  }
  return (bound == nullptr || ask_for(lane, bound, question)) &&
         (context == nullptr || ask_for(lane, context, question));
}

// What a line's emoji are and whether that is known.
struct Mark {
  PyObject* text = nullptr;  // owned: bytes, perhaps none
  ~Mark() { Py_XDECREF(text); }
};

// Put the emoji, which lead the event in compact and are a field elsewhere.
bool put_mark(Buffer& out, const Mark& mark) {
  return mark.text == nullptr || out.append(PyBytes_AS_STRING(mark.text),
                                            static_cast<size_t>(PyBytes_GET_SIZE(mark.text)));
}

// Find the emoji of a line among those that are remembered. False: core has to be asked.
bool find_mark(Lane* lane, const Call& call, PyObject* bound, PyObject* context,
               Mark& mark) {
  if (!lane->keeps_marks) return false;
  PyObject* name = slot_of<PyObject>(site_of(lane, call.logger), lane->at.name);
  Shape* shape = call.names == nullptr ? nullptr : lane->shapes.find(call.names);
  const bool alone = shape != nullptr && bound == nullptr && context == nullptr;
  PyObject* found = alone ? shape->recall(name, call.event, call.values) : nullptr;
  if (found == nullptr) {
    Question question(name, call.event);
    if (!ask(lane, call, bound, context, question)) return false;
    found = lane->marks.find(question);
    if (found == nullptr) return false;
    // Held first: what is forgotten for it might be all that holds it.
    mark.text = Py_NewRef(found);
    if (alone && shape->size >= 0) shape->remember(name, call.event, call.values, found);
    return true;
  }
  mark.text = Py_NewRef(found);
  return true;
}

// Ask core for the emoji of a line, and remember the answer. False: an error is set.
RARE bool make_mark(Lane* lane, const Call& call, PyObject* context, Mark& mark) {
  const uint64_t age = lane->marks.age();
  PyObject* fields = fields_of(call);
  if (fields == nullptr) return false;
  mark.text = call_by_name(lane->stages, "mark", "OOOO", call.logger, call.event, fields, context);
  Py_DECREF(fields);
  if (mark.text == nullptr) return false;
  if (!PyBytes_CheckExact(mark.text)) {
    PyErr_SetString(PyExc_TypeError, "a mark is not bytes");
    return false;
  }
  if (!lane->keeps_marks || age != lane->marks.age()) return true;
  Question question(slot_of<PyObject>(site_of(lane, call.logger), lane->at.name), call.event);
  PyObject* surroundings =
      context == Py_None ? nullptr : slot_of<PyObject>(context, lane->at.context_fields);
  if (ask(lane, call, bound_of(lane, call.logger), surroundings, question)) {
    lane->marks.keep(question, mark.text);
  }
  return true;
}

// Add what fragments say. Python code runs here: all fields are bytes by now.
Step put_fragments(Lane* lane, Line& line, bool* ended) {
  PyObject* added;
  if (lane->has_token) {
    added = lane->ending.find();
    if (added == nullptr && PyErr_Occurred() == nullptr) added = lane->ending.look(lane->stages);
    *ended = added != nullptr && PyBytes_Check(added) && PyBytes_GET_SIZE(added) > 0;
  } else {
    added = call_by_name(lane->stages, "give", nullptr);
  }
  if (added == nullptr) return Step::kRaised;
  const bool put = PyBytes_Check(added) &&
                   line.out.append(PyBytes_AS_STRING(added),
                                   static_cast<size_t>(PyBytes_GET_SIZE(added)));
  Py_DECREF(added);
  return put ? Step::kWritten : Step::kRare;
}

// Hand a line, of which `taken` bytes are written, to core's own writer.
RARE Step hand_over(Method* method, const Line& line, const char* function, Py_ssize_t taken) {
  PyObject* data =
      PyBytes_FromStringAndSize(line.out.data(), static_cast<Py_ssize_t>(line.out.size()));
  if (data == nullptr) return Step::kRaised;
  PyObject* done =
      call_by_name(method->lane->owner, function, "iOn", method->index, data, taken);
  Py_DECREF(data);
  if (done == nullptr) return Step::kRaised;
  Py_DECREF(done);
  return Step::kWritten;
}

// Add to a counter of core's; false when there is no memory for the new number.
bool add_to(PyObject*& slot, long long amount) {
  const long long before = slot == nullptr ? 0 : PyLong_AsLongLong(slot);
  PyObject* fresh = PyLong_FromLongLong(before + amount);
  if (fresh == nullptr) {
    PyErr_Clear();
    return false;
  }
  PyObject* old = slot;
  slot = fresh;
  Py_XDECREF(old);
  return true;
}

// Count lines that are written. What cannot be counted now is counted with the next one.
void settle_written(Method* method) {
  const Offsets& at = method->lane->at;
  if (add_to(slot_of<PyObject>(method->tally, at.count), method->uncounted)) method->uncounted = 0;
  if (add_to(slot_of<PyObject>(method->tally, at.bytes), method->uncounted_bytes)) {
    method->uncounted_bytes = 0;
  }
}

// Count a line and its bytes. Between the write and this nothing runs that an interrupt could end.
void count_written(Method* method, size_t size) {
  ++method->uncounted;
  method->uncounted_bytes += static_cast<int64_t>(size);
  settle_written(method);
}

// Try to write to a stream; `kRare`, if nothing has been written.
Step write_to_own_stream(Method* method, const Line& line) {
  Lane* lane = method->lane;
  const int ready = is_ready(&lane->stream, line.out.size());
  if (ready < 0) return Step::kRaised;
  // It may have run Python code.
  if (ready == 0 || lane->gate != Lane::Gate::kOpen) return Step::kRare;
  const Py_ssize_t taken = write_to_stream(&lane->stream, line.out.data(), line.out.size());
  if (taken == 0) return Step::kRare;
  if (static_cast<size_t>(taken) != line.out.size()) return hand_over(method, line, "repair", taken);
  count_written(method, line.out.size());
  return Step::kWritten;
}

Step write_out(Method* method, const Line& line) {
  Lane* lane = method->lane;
  if (lane->stream.name != nullptr && lane->gate == Lane::Gate::kOpen) {
    const Step step = write_to_own_stream(method, line);
    if (step != Step::kRare) return step;
  }
  // Nothing lets go of the GIL between this look and the write.
  if (lane->gate == Lane::Gate::kRetired) return Step::kRetired;
  if (lane->descriptor < 0) return hand_over(method, line, "deliver", 0);
  Py_ssize_t taken = 0;
  if (lane->gate == Lane::Gate::kOpen) {
    taken = write_line(lane->descriptor, line.out.data(), line.out.size(), lane->keeps_gil);
    if (taken < 0) return Step::kRaised;
    if (static_cast<size_t>(taken) == line.out.size()) {
      count_written(method, line.out.size());
      return Step::kWritten;
    }
  }
  return hand_over(method, line, "repair", taken);
}

// Hand a written line to what takes lines. False: an error is set.
bool give_line(const Method* method, const Line& line) {
  PyObject* data =
      PyBytes_FromStringAndSize(line.out.data(), static_cast<Py_ssize_t>(line.out.size()));
  if (data == nullptr) return false;
  PyObject* done = PyObject_CallFunction(method->lane->take_line, "iO", method->level, data);
  Py_DECREF(data);
  Py_XDECREF(done);
  return done != nullptr;
}

// Hand the fields of a written line to the taps. False: an error is set.
bool give_fields(const Method* method, const Call& call, PyObject* context, double seconds) {
  PyObject* fields = fields_of(call);
  if (fields == nullptr) return false;
  PyObject* done = call_by_name(method->lane->stages, "tap", "idOOOO", method->level, seconds,
                                call.logger, call.event, fields, context);
  Py_DECREF(fields);
  Py_XDECREF(done);
  return done != nullptr;
}

// Hand a written line to extensions. What they raise is counted, and the line is not lost by it.
Step tap(const Method* method, const Call& call, PyObject* context, const Line& line,
         const Moment& now) {
  const Lane* lane = method->lane;
  const bool given = lane->take_line != nullptr
                         ? give_line(method, line)
                         : give_fields(method, call, context, now.seconds());
  if (given) return Step::kWritten;
  if (!forget_exception()) return Step::kRaised;
  PyObject* counted = call_by_name(lane->owner, "count_failed_tap", nullptr);
  Py_XDECREF(counted);
  return counted != nullptr || forget_exception() ? Step::kWritten : Step::kRaised;
}

// Make one attempt at a line, and write it.
Step attempt(Method* method, const Call& call, const Moment& now, PyObject* context,
             Mark& mark) {
  Lane* lane = method->lane;
  PyObject* holder = slot_of<PyObject>(call.logger, lane->at.rendered);
  const Rendering* rendering = rendering_in(holder, lane);
  bool each = false;
  if (rendering == nullptr) {
    rendering = rendering_in(holder, lane->first);
    if (rendering == nullptr) return Step::kUnmetLogger;
    each = true;
  }
  PyObject* bound = bound_of(lane, call.logger);
  const Rendering* surroundings = nullptr;
  PyObject* context_fields = nullptr;
  if (context != Py_None) {
    if (Py_TYPE(context) != lane->context_type) return Step::kRare;
    surroundings = rendering_in(slot_of<PyObject>(context, lane->at.context_rendered), lane);
    if (surroundings == nullptr) return Step::kUnmetContext;
    context_fields = slot_of<PyObject>(context, lane->at.context_fields);
  }
  if (PyUnicode_GET_LENGTH(call.event) > lane->longest_string) return Step::kRare;
  if (lane->has_markers && mark.text == nullptr &&
      !find_mark(lane, call, each || rendering->marking ? bound : nullptr,
                 surroundings != nullptr && surroundings->marking ? context_fields : nullptr,
                 mark)) {
    return Step::kUnmarked;
  }

  Line line(lane);
  Buffer& out = line.out;
  const size_t lead_size = static_cast<size_t>(PyBytes_GET_SIZE(method->lead));
  const int digits = lane->format == Format::kCompact ? 3 : 6;
  if (!out.reserve(lane->second.size + 6 + lead_size + rendering->head_size)) return Step::kLost;
  char* cursor = out.cursor();
  std::memcpy(cursor, lane->second.text, lane->second.size);
  cursor += lane->second.size;
  put_fraction(cursor, now.micros, digits);
  cursor += digits;
  std::memcpy(cursor, PyBytes_AS_STRING(method->lead), lead_size);
  cursor += lead_size;
  std::memcpy(cursor, rendering->head(), rendering->head_size);
  out.advance_to(cursor + rendering->head_size);

  const bool compact = lane->format == Format::kCompact;
  if (compact && !put_mark(out, mark)) return Step::kLost;
  Outcome outcome = compact ? put_plain_text(out, call.event) : line.put_text(call.event);
  if (outcome == Outcome::kDone) outcome = put_rendering(line, rendering, each, bound);
  uint64_t earlier = line.keys() | rendering->keys;
  if (outcome == Outcome::kDone && surroundings != nullptr) {
    line.forget_keys();
    outcome = put_rendering(line, surroundings, false, context_fields);
    const uint64_t theirs = line.keys() | surroundings->keys;
    if (outcome == Outcome::kDone && (earlier & theirs) != 0 &&
        meets(Call{}, bound, context_fields)) {
      return Step::kRare;
    }
    earlier |= theirs;
  }
  line.forget_keys();
  if (outcome == Outcome::kDone) {
    const Py_ssize_t count = call.field_count();
    for (Py_ssize_t index = 0; index < count && outcome == Outcome::kDone; ++index) {
      outcome = line.put_field(PyTuple_GET_ITEM(call.names, index), call.values[index]);
    }
  }
  if (outcome != Outcome::kDone) return step_of(outcome, out);
  if ((line.keys() & earlier) != 0 &&
      (meets(call, nullptr, bound) ||
       (context_fields != nullptr && meets(call, nullptr, context_fields)))) {
    return Step::kRare;
  }
  if (!compact && !put_mark(out, mark)) return Step::kLost;
  bool ended = false;
  if (lane->has_fragments && !lane->ending.is_nothing()) {
    const Step step = put_fragments(lane, line, &ended);
    if (step == Step::kRaised) return step_of_exception();
    if (step != Step::kWritten) return step;
  }
  if (!ended && !out.append(PyBytes_AS_STRING(lane->end),
                            static_cast<size_t>(PyBytes_GET_SIZE(lane->end)))) {
    return Step::kLost;
  }
  if (static_cast<Py_ssize_t>(out.size()) > lane->longest_line) return Step::kRare;
  Step step = write_out(method, line);
  if (step == Step::kWritten && each) {
    set_slot(call.logger, lane->at.rendered, Py_NewRef(lane->proven));
  }
  if (step == Step::kWritten && (lane->taps_fields || lane->take_line != nullptr)) {
    step = tap(method, call, context, line, now);
  }
  return step;
}

// Ask core about all keys of a line that are not known yet. What is left to do is said in `step`:
// where some remain unknown, the Python lanes write the line. False: an error is set.
RARE bool learn_keys(Lane* lane, const Call& call, PyObject* context, Step* step) {
  Strangers strangers(lane);
  for (Py_ssize_t index = 0; index < call.field_count(); ++index) {
    strangers.meet(PyTuple_GET_ITEM(call.names, index), call.values[index]);
  }
  strangers.meet_all(bound_of(lane, call.logger));
  if (Py_TYPE(context) == lane->context_type) {
    strangers.meet_all(slot_of<PyObject>(context, lane->at.context_fields));
  }
  if (!strangers.learn()) return false;
  if (strangers.remain()) *step = Step::kRare;
  return true;
}

PyObject* write_in(Method* method, const Call& call, PyObject* context, const Moment& now) {
  Lane* lane = method->lane;
  Step step = Step::kRare;
  Mark mark;
  bool asked = false;  // about keys: once for a line
  for (int attempts = 0; attempts < kMostAttempts; ++attempts) {
    step = attempt(method, call, now, context, mark);
    bool learnt = true;
    if (step == Step::kUnknownKey && asked) {
      step = Step::kRare;
    } else if (step == Step::kUnknownKey) {
      asked = true;
      learnt = learn_keys(lane, call, context, &step);
    } else if (step == Step::kUnmetLogger) {
      learnt = meet(lane, call.logger);
    } else if (step == Step::kUnmetContext) {
      learnt = meet_context(lane, context);
    } else if (step == Step::kUnmarked) {
      learnt = make_mark(lane, call, context, mark);
    }
    if (!learnt) step = step_of_exception();
    if (step != Step::kUnknownKey && step != Step::kUnmetLogger && step != Step::kUnmetContext &&
        step != Step::kUnmarked) {
      break;
    }
    // Python code has run: it may be another second, for another thread.
    if (now.second != lane->second.number && !begin_second(lane, now.second)) {
      step = step_of_exception();
      break;
    }
  }
  PyObject* result = nullptr;
  if (step == Step::kWritten) Py_RETURN_NONE;
  if (step == Step::kRetired) {
    result = send_on(lane, call, method->level);
  } else if (step != Step::kRaised && step != Step::kLost) {
    result = step_aside(lane, call, method->level);
  }
  return result != nullptr ? result : count_lost(lane, method->level);
}

PyObject* write_call(Method* method, const Call& call) {
  Lane* lane = method->lane;
  if (lane->gate == Lane::Gate::kRetired) {
    PyObject* sent = send_on(lane, call, method->level);
    return sent != nullptr ? sent : count_lost(lane, method->level);
  }
  if (lane->owner == nullptr) Py_RETURN_NONE;  // it is being collected
  if (lane->uncounted != 0 && !settle_lost(lane)) return nullptr;

  const PyObject* count = slot_of<PyObject>(method->tally, lane->at.count);
  const long long written = PyLong_AsLongLong(const_cast<PyObject*>(count));
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
  Step step = odd ? Step::kRare : Step::kWritten;
  if (now.second != lane->second.number && !begin_second(lane, now.second)) {
    step = step_of_exception();
  } else if (!odd) {
    const int bound = PyObject_IsTrue(lane->foreign);
    if (bound != 0) step = bound < 0 ? step_of_exception() : Step::kRare;
  }
  if (step == Step::kLost || step == Step::kRaised) {
    result = count_lost(lane, method->level);
  } else if (step == Step::kRare) {
    result = step_aside(lane, call, method->level);
    if (result == nullptr) result = count_lost(lane, method->level);
  } else {
    PyObject* context = nullptr;
    if (PyContextVar_Get(lane->current, nullptr, &context) < 0) {
      result = count_lost(lane, method->level);
    } else {
      result = write_in(method, call, context, now);
      Py_DECREF(context);
    }
  }
  if (timed && result != nullptr && !add_sample(lane, read_timer_ns() - started) &&
      !forget_exception()) {
    Py_CLEAR(result);
  }
  return result;
}

// Make a logger that nothing has initialised one of core's default name. False: it cannot be, and
// its line is lost.
RARE bool adopt(Lane* lane, PyObject* logger) {
  PyObject* done =
      lane->owner == nullptr ? nullptr : call_by_name(lane->owner, "adopt", "O", logger);
  Py_XDECREF(done);
  return done != nullptr && is_made(lane, logger);
}

// log.info(event, *args, **fields)
PyObject* call_method(PyObject* self, PyObject* const* arguments, size_t flags, PyObject* names) {
  Method* method = method_of(self);
  Lane* lane = method->lane;
  const Py_ssize_t count = PyVectorcall_NARGS(flags);
  if (count < 2 || !is_logger(lane, arguments[0])) {
    PyErr_Format(PyExc_TypeError, "%U() takes a logger and an event", method->name);
    return nullptr;
  }
  PyObject* logger = arguments[0];
  if (!is_made(lane, logger) && !adopt(lane, logger)) return count_lost(lane, method->level);
  PyObject* threshold = slot_of<PyObject>(site_of(lane, logger), lane->at.threshold);
  if (PyLong_AsLong(threshold) > method->level) Py_RETURN_NONE;
  const Call call{logger, arguments[1], arguments + 2, count - 2, names, arguments + count};
  return write_call(method, call);
}

PyObject* method_new(PyTypeObject* type, PyObject* arguments, PyObject* keywords) {
  PyObject *lane, *tally, *name, *lead;
  int level, index;
  const char* names[] = {"lane", "level", "index", "tally", "name", "lead", nullptr};
  auto* state = static_cast<ModuleState*>(PyType_GetModuleState(type));
  if (state == nullptr ||
      !PyArg_ParseTupleAndKeywords(arguments, keywords, "O!iiOUS", const_cast<char**>(names),
                                   state->lane_type, &lane, &level, &index, &tally, &name, &lead)) {
    return nullptr;
  }
  if (!Py_IS_TYPE(tally, reinterpret_cast<Lane*>(lane)->tally_type)) {
    PyErr_SetString(PyExc_TypeError, "tally is not a Tally");
    return nullptr;
  }
  PyObject* self = type->tp_alloc(type, 0);
  if (self == nullptr) return nullptr;
  Method* method = method_of(self);
  method->vectorcall = call_method;
  method->lane = reinterpret_cast<Lane*>(Py_NewRef(lane));
  method->tally = Py_NewRef(tally);
  method->name = Py_NewRef(name);
  method->lead = Py_NewRef(lead);
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
  Py_VISIT(method_of(self)->tally);
  return 0;
}

void method_dealloc(PyObject* self) {
  PyObject_GC_UnTrack(self);
  Method* method = method_of(self);
  Py_CLEAR(method->attributes);
  Py_CLEAR(method->lane);
  Py_CLEAR(method->tally);
  Py_CLEAR(method->name);
  Py_CLEAR(method->lead);
  PyTypeObject* type = Py_TYPE(self);
  type->tp_free(self);
  Py_DECREF(type);
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
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(Method, vectorcall), READONLY, nullptr},
    {"__dictoffset__", T_PYSSIZET, offsetof(Method, attributes), READONLY, nullptr},
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
