#include "record.h"

#include <cstring>

#include "clock.h"
#include "deliver.h"
#include "enrich.h"
#include "fields.h"
#include "lane.h"
#include "prefix.h"
#include "rare.h"
#include "samples.h"
#include "step.h"
#include "unknown_keys.h"

namespace foundation {
namespace {

// One call in this many is timed: `ledger.SAMPLE_EVERY`.
constexpr int64_t kSampleEvery = 64;
// So often an attempt is made again, because keys, a logger, a context or the emoji had to be
// looked at first: once for each of them, and again should another thread have changed it
// meanwhile.
constexpr int kMostAttempts = 6;

Step step_of(Outcome outcome, const Buffer& out) {
  if (outcome == Outcome::kUnknownKey) return Step::kUnknownKey;
  return out.failed() ? Step::kLost : Step::kRare;
}

RARE Step step_of_exception() {
  const bool no_memory = PyErr_ExceptionMatches(PyExc_MemoryError) != 0;
  if (!forget_exception()) return Step::kRaised;
  return no_memory ? Step::kLost : Step::kRare;
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

// Make one attempt at a line, and write it.
Step attempt(Method* method, const Call& call, const Moment& now, PyObject* context, Mark& mark) {
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
  if (!ended &&
      !out.append(PyBytes_AS_STRING(lane->end), static_cast<size_t>(PyBytes_GET_SIZE(lane->end)))) {
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

}  // namespace

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

}  // namespace foundation
