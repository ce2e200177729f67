#include "record.h"

#include "clock.h"
#include "deliver.h"
#include "enrich.h"
#include "fields.h"
#include "head.h"
#include "lane.h"
#include "outcome.h"
#include "prefix.h"
#include "rare.h"
#include "rewrite.h"
#include "shown_event.h"
#include "unknown_keys.h"

namespace foundation {
namespace {

Outcome outcome_of(Encoding encoding, const Buffer& out) {
  if (encoding == Encoding::kUnknownKey) return Outcome::kUnknownKey;
  return out.failed() ? Outcome::kNoMemory : Outcome::kNeedsPython;
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

// Where the fields of one line come from; all of it is borrowed.
struct Sources {
  const Prefix* prefix;      // of the logger
  bool cold;                 // the bound fields are encoded with this line
  PyObject* bound;           // fields
  const Prefix* around;      // of the context; null: there is none
  PyObject* context_fields;  // null: there is no context
};

Outcome find_sources(const Lane* lane, const Call& call, PyObject* context, Sources* from) {
  PyObject* holder = slot_of<PyObject>(call.logger, lane->at.rendered);
  const Prefix* prefix = prefix_in(holder, lane, lane);
  bool cold = false;
  if (prefix == nullptr) {
    prefix = prefix_in(holder, lane, lane->cold);
    if (prefix == nullptr) return Outcome::kColdLogger;
    cold = true;
  }
  const Prefix* around = nullptr;
  PyObject* context_fields = nullptr;
  if (context != Py_None) {
    if (Py_TYPE(context) != lane->context_type) return Outcome::kNeedsPython;
    around = prefix_in(slot_of<PyObject>(context, lane->at.context_rendered), lane, lane);
    if (around == nullptr) around = reinterpret_cast<const Prefix*>(lane->each_time);
    if (around == nullptr) return Outcome::kColdContext;
    context_fields = slot_of<PyObject>(context, lane->at.context_fields);
  }
  *from = {prefix, cold, bound_of(lane, call.logger), around, context_fields};
  return Outcome::kGoOn;
}

// Put the bytes that are kept of bound fields or of context fields, or encode these fields.
Encoding put_prefix(Line& line, const Prefix* prefix, bool each, PyObject* fields) {
  if (prefix->kind == Prefix::Kind::kNeedsPython) return Encoding::kNeedsPython;
  if (!line.out.append(prefix->tail(), prefix->tail_size())) return Encoding::kNeedsPython;
  if (each || prefix->kind == Prefix::Kind::kEncodeEachTime) return line.put_fields(fields);
  return line.spend(PyDict_GET_SIZE(fields)) ? Encoding::kEncoded : Encoding::kNeedsPython;
}

// Put bound fields, context fields and the call's own. Where two of them have a name, `Rewritten`
// merges them.
Outcome put_fields(const Call& call, const Sources& from, Line& line, const Questions& questions) {
  Encoding encoding = put_prefix(line, from.prefix, from.cold, from.bound);
  uint64_t earlier = line.keys() | from.prefix->keys;
  if (encoding == Encoding::kEncoded && from.around != nullptr) {
    line.forget_keys();
    encoding = put_prefix(line, from.around, false, from.context_fields);
    const uint64_t theirs = line.keys() | from.around->keys;
    if (encoding == Encoding::kEncoded && (earlier & theirs) != 0 &&
        share_a_key(Call{}, from.bound, from.context_fields)) {
      return Outcome::kNeedsPython;
    }
    earlier |= theirs;
  }
  line.forget_keys();
  const Py_ssize_t count = call.field_count();
  for (Py_ssize_t index = 0; index < count && encoding == Encoding::kEncoded; ++index) {
    encoding = line.put_field(PyTuple_GET_ITEM(call.names, index), call.values[index]);
  }
  if (encoding != Encoding::kEncoded) return outcome_of(encoding, line.out);
  if (questions.in_use()) {
    if (questions.incomplete()) return Outcome::kUnknownValue;
    if (line.is_beyond(questions.surplus())) return Outcome::kNeedsPython;
  }
  if ((line.keys() & earlier) != 0 &&
      (share_a_key(call, nullptr, from.bound) ||
       (from.context_fields != nullptr && share_a_key(call, nullptr, from.context_fields)))) {
    return Outcome::kNeedsPython;
  }
  return Outcome::kGoOn;
}

// Keep a line for several outputs: all are made before the first is written.
Outcome keep_line(const Call& call, const Buffer& out) {
  return call.kept->line->append(out.data(), out.size()) ? Outcome::kWritten : Outcome::kNoMemory;
}

// Make one attempt at a line, and write it. The steps have the numbers and names of core's list; a
// step without code says which lines cannot come this far, or where its work is done.
Outcome attempt(Method* method, const Call& call, const Moment& now, PyObject* context,
                Emoji& emoji, Questions& questions) {
  Lane* lane = method->lane;

  // step 1: merge_fields
  Sources from;
  if (const Outcome found = find_sources(lane, call, context, &from); found != Outcome::kGoOn) {
    return found;
  }

  // step 2: take_call_parameters
  // `Line::put_field` finds in the table of keys that `exc_info` and its like are no fields. Where they
  // ask for nothing, `Rewritten` drops them, else the Python lanes take the call.

  // step 3: format_event
  // `write_odd` has put positional arguments into the event; one that is no string needs Python.
  if (PyUnicode_GET_LENGTH(call.event) > lane->longest_string) return Outcome::kNeedsPython;

  // step 4: run_processors
  // A configuration with processors has another lane.

  // step 5: redact
  // `Line::put_field` finds in the table of keys which names are reserved (`Rewritten` renames them)
  // and which values are secret (it masks them).

  // step 6: add_emoji
  if (lane->has_emoji && emoji.text == nullptr &&
      !find_emoji(
          lane, call, from.cold || from.prefix->affects_emoji ? from.bound : nullptr,
          from.around != nullptr && from.around->affects_emoji ? from.context_fields : nullptr,
          emoji)) {
    return Outcome::kUnknownEmoji;
  }

  // step 7: describe
  // Exceptions, stacks and call sites need Python.

  // step 8: add_trace_fields
  // They stand last in a line and may run Python code, so `put_trace_fields` asks for them below,
  // when all other fields are bytes.

  // step 9: render
  Line line(lane, &questions);
  Buffer& out = line.out;
  const bool compact = lane->format == Format::kCompact;
  if (!put_head(method, from.prefix, now, out)) return Outcome::kNoMemory;
  Encoding encoding;
  if (!compact) {
    encoding = line.put_text(call.event);
  } else {
    encoding = put_shown_event(lane, call.event, emoji, out);
    if (encoding == Encoding::kUnknownWidth) return Outcome::kUnknownEmoji;
  }
  if (encoding != Encoding::kEncoded) return outcome_of(encoding, out);
  Outcome outcome = put_fields(call, from, line, questions);
  if (outcome != Outcome::kGoOn) return outcome;
  if (!compact && !put_emoji(out, emoji)) return Outcome::kNoMemory;
  bool ended = false;
  if (lane->has_trace_fields && !lane->trace_fields.adds_nothing()) {
    outcome = put_trace_fields(lane, line, &ended);
    if (outcome == Outcome::kRaised) return outcome_of_exception();
    if (outcome != Outcome::kGoOn) return outcome;
  }
  if (!ended &&
      !out.append(PyBytes_AS_STRING(lane->end), static_cast<size_t>(PyBytes_GET_SIZE(lane->end)))) {
    return Outcome::kNoMemory;
  }
  if (static_cast<Py_ssize_t>(out.size()) > lane->longest_line) return Outcome::kNeedsPython;

  // step 10: write
  if (call.kept != nullptr) return keep_line(call, out);
  outcome = write_out(method, out);
  if (outcome != Outcome::kWritten) return outcome;
  if (from.cold) set_slot(call.logger, lane->at.rendered, Py_NewRef(lane->written_once));

  // step 11: export
  if (lane->hooks_need_fields || lane->line_hook != nullptr) {
    outcome = call_exporter_hooks(method, call, context, line, now);
  }
  return outcome;
}

// Make attempts at a call until nothing more has to be looked at first.
FUSED Outcome write_call_as(Method* method, const Call& call, PyObject* context, const Moment& now,
                            Questions& questions) {
  Lane* lane = method->lane;
  Outcome outcome = Outcome::kNeedsPython;
  Emoji emoji;
  bool asked = false;  // about keys: once for a line
  for (int attempts = 0; attempts < kMostAttempts; ++attempts) {
    outcome = attempt(method, call, now, context, emoji, questions);
    bool ready = true;
    if (outcome == Outcome::kUnknownKey && asked) {
      outcome = Outcome::kTooManyKeys;
    } else if (outcome == Outcome::kUnknownKey) {
      asked = true;
      ready = classify_keys(lane, call, context, &outcome);
    } else if (outcome == Outcome::kUnknownValue) {
      bool refused = false;
      ready = questions.ask(lane, &refused);
      if (refused) outcome = Outcome::kNeedsPython;
      asked = false;  // what was not understood before may have keys
    } else if (outcome == Outcome::kColdLogger) {
      ready = warm_up(lane, call.logger);
    } else if (outcome == Outcome::kColdContext) {
      ready = warm_up_context(lane, context);
    } else if (outcome == Outcome::kUnknownEmoji) {
      ready = ask_for_emoji(lane, call, context, emoji);
    }
    if (!ready) outcome = outcome_of_exception();
    if (outcome != Outcome::kUnknownKey && outcome != Outcome::kUnknownValue &&
        outcome != Outcome::kColdLogger && outcome != Outcome::kColdContext &&
        outcome != Outcome::kUnknownEmoji) {
      break;
    }
    // Python code has run: it may be another second, for another thread.
    if (now.second != lane->second.number && !refresh_clock(lane, now.second)) {
      return outcome_of_exception();
    }
  }
  return outcome;
}

// Make attempts at what can be written in place of a call that was refused.
RARE Outcome write_rewritten(Method* method, const Call& call, PyObject* context,
                             const Moment& now, Questions& questions) {
  Lane* lane = method->lane;
  questions.start_over(call.kept != nullptr);
  // Where the attempt has ended before it came to all keys, core is asked about the others here.
  for (int attempts = 0; attempts < 2; ++attempts) {
    Rewritten other;
    Outcome outcome = other.make(lane, call, context);
    other.call.kept = call.kept;
    if (outcome == Outcome::kGoOn) {
      return write_call_as(method, other.call, other.context, now, questions);
    }
    if (outcome == Outcome::kUnknownKey && !classify_keys(lane, call, context, &outcome)) {
      return outcome_of_exception();
    }
    if (outcome != Outcome::kUnknownKey) return outcome;
    if (now.second != lane->second.number && !refresh_clock(lane, now.second)) {
      return outcome_of_exception();
    }
  }
  return Outcome::kNeedsPython;
}

}  // namespace

Outcome make_line(Method* method, const Call& call, PyObject* context, const Moment& now) {
  Questions& questions = *call.kept->questions;
  const Outcome outcome = write_call_as(method, call, context, now, questions);
  return outcome == Outcome::kNeedsPython ? write_rewritten(method, call, context, now, questions)
                                          : outcome;
}

PyObject* write_record(Method* method, const Call& call, PyObject* context, const Moment& now) {
  Lane* lane = method->lane;
  Questions questions(true);
  Outcome outcome = write_call_as(method, call, context, now, questions);
  if (outcome == Outcome::kWritten) Py_RETURN_NONE;
  if (outcome == Outcome::kNeedsPython) {
    outcome = write_rewritten(method, call, context, now, questions);
    if (outcome == Outcome::kWritten) Py_RETURN_NONE;
  }
  PyObject* result = nullptr;
  if (outcome == Outcome::kSuperseded) {
    result = forward(lane, call, method->level);
  } else if (outcome != Outcome::kRaised && outcome != Outcome::kNoMemory) {
    result = fall_back(lane, call, method->level);
  }
  if (outcome == Outcome::kNoMemory) PyErr_NoMemory();
  return result != nullptr ? result : count_lost(lane, method->level);
}

}  // namespace foundation
