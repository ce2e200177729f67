#include "record.h"

#include <cstring>

#include "clock.h"
#include "deliver.h"
#include "enrich.h"
#include "fields.h"
#include "lane.h"
#include "outcome.h"
#include "prefix.h"
#include "rare.h"
#include "samples.h"
#include "unknown_keys.h"

namespace foundation {
namespace {

// One call in this many is timed: as core has it in `SAMPLE_EVERY`.
constexpr int64_t kSampleEvery = 64;
// So often an attempt is made again, because keys, a logger, a context or the emoji had to be
// looked at first: once for each of them, and again should another thread have changed it
// meanwhile.
constexpr int kMostAttempts = 6;

Outcome outcome_of(Encoding encoding, const Buffer& out) {
  if (encoding == Encoding::kUnknownKey) return Outcome::kUnknownKey;
  return out.failed() ? Outcome::kNoMemory : Outcome::kNeedsPython;
}

RARE Outcome outcome_of_exception() {
  const bool no_memory = PyErr_ExceptionMatches(PyExc_MemoryError) != 0;
  if (!forget_exception()) return Outcome::kRaised;
  return no_memory ? Outcome::kNoMemory : Outcome::kNeedsPython;
}

// Say whether a key of the call, or of `others`, is among `fields`. All keys are exact strings.
bool share_a_key(const Call& call, PyObject* others, PyObject* fields) {
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
Encoding put_prefix(Line& line, const Prefix* prefix, bool each, PyObject* fields) {
  if (prefix->kind == Prefix::Kind::kNeedsPython) return Encoding::kNeedsPython;
  if (!line.out.append(prefix->tail(), prefix->tail_size())) return Encoding::kNeedsPython;
  if (each || prefix->kind == Prefix::Kind::kEncodeEachTime) return line.put_fields(fields);
  return line.spend(PyDict_GET_SIZE(fields)) ? Encoding::kEncoded : Encoding::kNeedsPython;
}

// Make one attempt at a line, and write it.
Outcome attempt(Method* method, const Call& call, const Moment& now, PyObject* context,
                Emoji& emoji) {
  Lane* lane = method->lane;
  PyObject* holder = slot_of<PyObject>(call.logger, lane->at.rendered);
  const Prefix* prefix = prefix_in(holder, lane);
  bool each = false;
  if (prefix == nullptr) {
    prefix = prefix_in(holder, lane->cold);
    if (prefix == nullptr) return Outcome::kColdLogger;
    each = true;
  }
  PyObject* bound = bound_of(lane, call.logger);
  const Prefix* around = nullptr;
  PyObject* context_fields = nullptr;
  if (context != Py_None) {
    if (Py_TYPE(context) != lane->context_type) return Outcome::kNeedsPython;
    around = prefix_in(slot_of<PyObject>(context, lane->at.context_rendered), lane);
    if (around == nullptr) return Outcome::kColdContext;
    context_fields = slot_of<PyObject>(context, lane->at.context_fields);
  }
  if (PyUnicode_GET_LENGTH(call.event) > lane->longest_string) return Outcome::kNeedsPython;
  if (lane->has_emoji && emoji.text == nullptr &&
      !find_emoji(lane, call, each || prefix->affects_emoji ? bound : nullptr,
                  around != nullptr && around->affects_emoji ? context_fields : nullptr, emoji)) {
    return Outcome::kUnknownEmoji;
  }

  Line line(lane);
  Buffer& out = line.out;
  const size_t lead_size = static_cast<size_t>(PyBytes_GET_SIZE(method->lead));
  const int digits = lane->format == Format::kCompact ? 3 : 6;
  if (!out.reserve(lane->second.size + 6 + lead_size + prefix->head_size))
    return Outcome::kNoMemory;
  char* cursor = out.cursor();
  std::memcpy(cursor, lane->second.text, lane->second.size);
  cursor += lane->second.size;
  put_fraction(cursor, now.micros, digits);
  cursor += digits;
  std::memcpy(cursor, PyBytes_AS_STRING(method->lead), lead_size);
  cursor += lead_size;
  std::memcpy(cursor, prefix->head(), prefix->head_size);
  out.advance_to(cursor + prefix->head_size);

  const bool compact = lane->format == Format::kCompact;
  if (compact && !put_emoji(out, emoji)) return Outcome::kNoMemory;
  Encoding encoding = compact ? put_plain_text(out, call.event) : line.put_text(call.event);
  if (encoding == Encoding::kEncoded) encoding = put_prefix(line, prefix, each, bound);
  uint64_t earlier = line.keys() | prefix->keys;
  if (encoding == Encoding::kEncoded && around != nullptr) {
    line.forget_keys();
    encoding = put_prefix(line, around, false, context_fields);
    const uint64_t theirs = line.keys() | around->keys;
    if (encoding == Encoding::kEncoded && (earlier & theirs) != 0 &&
        share_a_key(Call{}, bound, context_fields)) {
      return Outcome::kNeedsPython;
    }
    earlier |= theirs;
  }
  line.forget_keys();
  if (encoding == Encoding::kEncoded) {
    const Py_ssize_t count = call.field_count();
    for (Py_ssize_t index = 0; index < count && encoding == Encoding::kEncoded; ++index) {
      encoding = line.put_field(PyTuple_GET_ITEM(call.names, index), call.values[index]);
    }
  }
  if (encoding != Encoding::kEncoded) return outcome_of(encoding, out);
  if ((line.keys() & earlier) != 0 &&
      (share_a_key(call, nullptr, bound) ||
       (context_fields != nullptr && share_a_key(call, nullptr, context_fields)))) {
    return Outcome::kNeedsPython;
  }
  if (!compact && !put_emoji(out, emoji)) return Outcome::kNoMemory;
  bool ended = false;
  if (lane->has_trace_fields && !lane->trace_fields.adds_nothing()) {
    const Outcome outcome = put_trace_fields(lane, line, &ended);
    if (outcome == Outcome::kRaised) return outcome_of_exception();
    if (outcome != Outcome::kWritten) return outcome;
  }
  if (!ended &&
      !out.append(PyBytes_AS_STRING(lane->end), static_cast<size_t>(PyBytes_GET_SIZE(lane->end)))) {
    return Outcome::kNoMemory;
  }
  if (static_cast<Py_ssize_t>(out.size()) > lane->longest_line) return Outcome::kNeedsPython;
  Outcome outcome = write_out(method, line);
  if (outcome == Outcome::kWritten && each) {
    set_slot(call.logger, lane->at.rendered, Py_NewRef(lane->written_once));
  }
  if (outcome == Outcome::kWritten && (lane->hooks_need_fields || lane->line_hook != nullptr)) {
    outcome = call_exporter_hooks(method, call, context, line, now);
  }
  return outcome;
}

// Ask core about all keys of a line that are not known yet. What is left to do is said in
// `outcome`: where some remain unknown, the Python lanes write the line. False: an error is set.
RARE bool classify_keys(Lane* lane, const Call& call, PyObject* context, Outcome* outcome) {
  UnknownKeys found(lane);
  for (Py_ssize_t index = 0; index < call.field_count(); ++index) {
    found.collect(PyTuple_GET_ITEM(call.names, index), call.values[index]);
  }
  found.collect_all(bound_of(lane, call.logger));
  if (Py_TYPE(context) == lane->context_type) {
    found.collect_all(slot_of<PyObject>(context, lane->at.context_fields));
  }
  if (!found.classify()) return false;
  if (found.some_remain()) *outcome = Outcome::kNeedsPython;
  return true;
}

PyObject* write_in(Method* method, const Call& call, PyObject* context, const Moment& now) {
  Lane* lane = method->lane;
  Outcome outcome = Outcome::kNeedsPython;
  Emoji emoji;
  bool asked = false;  // about keys: once for a line
  for (int attempts = 0; attempts < kMostAttempts; ++attempts) {
    outcome = attempt(method, call, now, context, emoji);
    bool ready = true;
    if (outcome == Outcome::kUnknownKey && asked) {
      outcome = Outcome::kNeedsPython;
    } else if (outcome == Outcome::kUnknownKey) {
      asked = true;
      ready = classify_keys(lane, call, context, &outcome);
    } else if (outcome == Outcome::kColdLogger) {
      ready = warm_up(lane, call.logger);
    } else if (outcome == Outcome::kColdContext) {
      ready = warm_up_context(lane, context);
    } else if (outcome == Outcome::kUnknownEmoji) {
      ready = ask_for_emoji(lane, call, context, emoji);
    }
    if (!ready) outcome = outcome_of_exception();
    if (outcome != Outcome::kUnknownKey && outcome != Outcome::kColdLogger &&
        outcome != Outcome::kColdContext && outcome != Outcome::kUnknownEmoji) {
      break;
    }
    // Python code has run: it may be another second, for another thread.
    if (now.second != lane->second.number && !refresh_clock(lane, now.second)) {
      outcome = outcome_of_exception();
      break;
    }
  }
  PyObject* result = nullptr;
  if (outcome == Outcome::kWritten) Py_RETURN_NONE;
  if (outcome == Outcome::kSuperseded) {
    result = forward(lane, call, method->level);
  } else if (outcome != Outcome::kRaised && outcome != Outcome::kNoMemory) {
    result = fall_back(lane, call, method->level);
  }
  return result != nullptr ? result : count_lost(lane, method->level);
}

}  // namespace

PyObject* write_call(Method* method, const Call& call) {
  Lane* lane = method->lane;
  if (lane->state == Lane::State::kSuperseded) {
    PyObject* sent = forward(lane, call, method->level);
    return sent != nullptr ? sent : count_lost(lane, method->level);
  }
  if (lane->owner == nullptr) Py_RETURN_NONE;  // it is being collected
  if (lane->uncounted != 0 && !settle_lost(lane)) return nullptr;

  const PyObject* count = slot_of<PyObject>(method->counter, lane->at.count);
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
  Outcome outcome = odd ? Outcome::kNeedsPython : Outcome::kWritten;
  if (now.second != lane->second.number && !refresh_clock(lane, now.second)) {
    outcome = outcome_of_exception();
  } else if (!odd) {
    const int bound = PyObject_IsTrue(lane->foreign);
    if (bound != 0) outcome = bound < 0 ? outcome_of_exception() : Outcome::kNeedsPython;
  }
  if (outcome == Outcome::kNoMemory || outcome == Outcome::kRaised) {
    result = count_lost(lane, method->level);
  } else if (outcome == Outcome::kNeedsPython) {
    result = fall_back(lane, call, method->level);
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
