#include "record.h"

#include "clock.h"
#include "deliver.h"
#include "details.h"
#include "enrich.h"
#include "fields.h"
#include "head.h"
#include "lane.h"
#include "lazy.h"
#include "outcome.h"
#include "prefix.h"
#include "rare.h"
#include "rewrite.h"
#include "shown_event.h"
#include "sources.h"
#include "unknown_keys.h"

namespace foundation {
namespace {

Outcome outcome_of(Encoding encoding, const Buffer& out) {
  if (encoding == Encoding::kUnknownKey) return Outcome::kUnknownKey;
  return out.failed() ? Outcome::kNoMemory : Outcome::kNeedsPython;
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
  if ((line.keys() & earlier) != 0 &&
      (share_a_key(call, nullptr, from.bound) ||
       (from.context_fields != nullptr && share_a_key(call, nullptr, from.context_fields)))) {
    return Outcome::kNeedsPython;
  }
  if (questions.in_use()) {
    if (questions.incomplete()) return Outcome::kUnknownValue;
    if (line.is_beyond(questions.surplus())) return Outcome::kNeedsPython;
    if (questions.details() != nullptr) return Outcome::kGoOnBehind;
  }
  return Outcome::kGoOn;
}

// Keep a line for several outputs: all are made before the first is written.
Outcome keep_line(const Call& call, const Buffer& out) {
  return call.kept->line->append(out.data(), out.size()) ? Outcome::kWritten : Outcome::kNoMemory;
}

// Put what stands behind the fields of a common line, and the end of it.
FUSED Outcome put_ending(Lane* lane, Line& line, const Emoji& emoji, const Details* details) {
  Buffer& out = line.out;
  if (lane->format != Format::kCompact && !put_emoji(out, emoji)) return Outcome::kNoMemory;
  bool ended = false;
  if (details != nullptr && lane->nested_at != 0) {  // they stand with the fields
    if (!details->put(out, &ended)) return Outcome::kNoMemory;
    details = nullptr;
  }
  if (lane->has_trace_fields && !lane->trace_fields.adds_nothing()) {
    const Outcome outcome = put_trace_fields(lane, line, &ended);
    if (outcome == Outcome::kRaised) return outcome_of_exception();
    if (outcome != Outcome::kGoOn) return outcome;
  }
  if (details != nullptr && !details->put(out, &ended)) return Outcome::kNoMemory;
  if (!ended &&
      !out.append(PyBytes_AS_STRING(lane->end), static_cast<size_t>(PyBytes_GET_SIZE(lane->end)))) {
    return Outcome::kNoMemory;
  }
  return Outcome::kGoOn;
}

RARE Outcome put_details(Lane* lane, Line& line, const Emoji& emoji, const Questions& questions) {
  return put_ending(lane, line, emoji, questions.details());
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
  // `exc_info` and its like are no fields: `Line::put_field` finds that in the table of keys, and
  // `Rewritten` takes them out.

  // step 3: format_event
  // `write_odd` has put positional arguments into the event; one that is no string needs Python.
  if (PyUnicode_GET_LENGTH(call.event) > lane->longest_string) return Outcome::kNeedsPython;

  // step 4: run_processors
  // A configuration with processors has another lane.

  // step 5: redact
  // `Line::put_field` finds in the table of keys which names are reserved (`Rewritten` renames them)
  // and which values are secret (it masks them).

  // step 6: add_emoji
  // One look tells that a line has neither emoji nor a call site, which comes with `Details`.
  if (lane->looks_closer) {
    if (lane->puts_callsite && questions.details() == nullptr) return Outcome::kNeedsPython;
    if (lane->has_emoji && emoji.text == nullptr &&
        !find_emoji(
            lane, call, from.cold || from.prefix->affects_emoji ? from.bound : nullptr,
            from.around != nullptr && from.around->affects_emoji ? from.context_fields : nullptr,
            emoji)) {
      return Outcome::kUnknownEmoji;
    }
  }

  // step 7: describe
  // `Details` has made exception, stack and call site ready; they stand behind the trace fields.

  // step 8: add_trace_fields
  // They stand last in a line and may run Python code, so `put_trace_fields` asks for them below,
  // when all other fields are bytes.

  // step 9: render
  Line line(lane, &questions);
  Buffer& out = line.out;
  if (!put_head(method, from.prefix, now, out)) {
    return lane->second.is(now.second) ? Outcome::kNoMemory : Outcome::kNeedsPython;
  }
  Encoding encoding;
  if (lane->usual_event) {
    encoding = line.put_text(call.event);
  } else if (lane->format != Format::kCompact) {
    encoding = line.put_text(call.event);
    line.mark_event();
  } else {
    encoding = put_shown_event(lane, call.event, emoji, out);
  }
  if (encoding != Encoding::kEncoded) return outcome_of(encoding, out);
  Outcome outcome = put_fields(call, from, line, questions);
  if (outcome == Outcome::kGoOn) {
    outcome = put_ending(lane, line, emoji, nullptr);
    if (outcome != Outcome::kGoOn) return outcome;
  } else {
    if (outcome == Outcome::kGoOnBehind) outcome = put_details(lane, line, emoji, questions);
    if (outcome != Outcome::kGoOn) return outcome;
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
    if (!lane->second.is(now.second) && !refresh_clock(lane, now.second)) {
      return outcome_of_exception();
    }
  }
  return outcome;
}

// Make attempts at a call with what its parameters, and the configuration, ask for behind the
// fields.
RARE Outcome write_with_details(Method* method, const Call& call, PyObject* context,
                                const Parameters& parameters, const Moment& now,
                                Questions& questions) {
  questions.start_over(call.kept != nullptr);
  Details details(method->lane);
  if (parameters.ask() || method->lane->puts_callsite) {
    // Lines of several formats would each ask for the message of an exception.
    if (call.kept != nullptr) return Outcome::kNeedsPython;
    const Outcome outcome = details.gather(parameters);
    if (outcome != Outcome::kGoOn) return outcome;
    questions.carry(&details);
  }
  return write_call_as(method, call, context, now, questions);
}

// Make attempts at what can be written in place of a call without lazy values that was refused.
RARE Outcome write_other(Method* method, const Call& call, PyObject* context, const Moment& now,
                         Questions& questions) {
  Lane* lane = method->lane;
  if (lane->puts_callsite) {
    const Outcome outcome = write_with_details(method, call, context, Parameters{}, now, questions);
    if (outcome != Outcome::kNeedsPython) return outcome;
  }
  // Where the attempt has ended before it came to all keys, core is asked about the others here.
  for (int attempts = 0; attempts < 2; ++attempts) {
    Rewritten other;
    Outcome outcome = other.make(lane, call, context);
    other.call.kept = call.kept;
    if (outcome == Outcome::kGoOn) {
      return write_with_details(method, other.call, other.context, other.parameters, now,
                                questions);
    }
    if (outcome == Outcome::kUnknownKey && !classify_keys(lane, call, context, &outcome)) {
      return outcome_of_exception();
    }
    if (outcome != Outcome::kUnknownKey) return outcome;
    if (!lane->second.is(now.second) && !refresh_clock(lane, now.second)) {
      return outcome_of_exception();
    }
  }
  return Outcome::kNeedsPython;
}

// Write a call with lazy values: those that are computed stay so, whoever writes the line.
RARE Outcome write_computed(Method* method, Call call, PyObject* context, const Moment& now,
                            Questions& questions) {
  Lane* lane = method->lane;
  Computed computed;
  // Python code runs: it may be another second, for another thread.
  if (!computed.make(lane, &call, context) ||
      (!lane->second.is(now.second) && !refresh_clock(lane, now.second))) {
    return outcome_of_exception();
  }
  Outcome outcome = write_with_details(method, call, context, Parameters{}, now, questions);
  if (outcome == Outcome::kNeedsPython) {
    outcome = write_other(method, call, context, now, questions);
  }
  if (outcome == Outcome::kWritten || outcome == Outcome::kRaised ||
      outcome == Outcome::kNoMemory) {
    return outcome;
  }
  PyObject* result = outcome == Outcome::kSuperseded ? forward(lane, call, method->level)
                                                     : fall_back(lane, call, method->level);
  Py_XDECREF(result);
  return result != nullptr ? Outcome::kWritten : Outcome::kRaised;
}

// Make attempts at what can be written in place of a call that was refused.
RARE Outcome write_rewritten(Method* method, const Call& call, PyObject* context,
                             const Moment& now, Questions& questions) {
  const bool computed = call.kept != nullptr && call.kept->is_computed;
  if (!computed && has_lazy_values(method->lane, call)) {
    // Those of several outputs are computed once for all of them.
    if (call.kept != nullptr) return Outcome::kNeedsPython;
    return write_computed(method, call, context, now, questions);
  }
  return write_other(method, call, context, now, questions);
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
