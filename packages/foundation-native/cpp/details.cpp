#include "details.h"

#include <cstring>

#include "call.h"
#include "exceptions.h"
#include "frames.h"

namespace foundation {
namespace {

// Find the exception that an `exc_info` argument means, as core's `normalise_exc_info` does: a new
// reference, or null for none. False: core has the rule for it.
bool find_exception(PyObject* asked, PyObject** error) {
  *error = nullptr;
  if (PyExceptionInstance_Check(asked)) {
    *error = Py_NewRef(asked);
    return true;
  }
  if (PyTuple_CheckExact(asked)) {
    PyObject* given = PyTuple_GET_SIZE(asked) == 3 ? PyTuple_GET_ITEM(asked, 1) : nullptr;
    if (given == Py_None) return true;
    if (given == nullptr || !PyExceptionInstance_Check(given)) return false;
    *error = Py_NewRef(given);
    return true;
  }
  if (asked == Py_None || asked == Py_False) return true;
  if (asked != Py_True && !PyLong_CheckExact(asked)) return false;
  if (asked != Py_True && PyObject_IsTrue(asked) == 0) return true;
  *error = PyErr_GetHandledException();
  if (*error == Py_None) Py_CLEAR(*error);
  return true;
}

}  // namespace

bool Details::put_key(const char* key) {
  Buffer& out = line_.out;
  if (lane_->format == Format::kJson) {
    return out.append(",\"", 2) && out.append(key, std::strlen(key)) && out.append("\":", 2);
  }
  return out.append(' ') && out.append(key, std::strlen(key)) && out.append('=');
}

// Add what core has answered: plain data, bytes that are encoded, or None where only the Python
// lanes can write the line. The reference is taken.
Outcome Details::add_answer(const char* key, PyObject* answer) {
  if (answer == nullptr) return outcome_of_exception();
  Outcome outcome = Outcome::kNeedsPython;
  if (answer != Py_None) {
    const bool put = put_key(key) && line_.put_plain(answer) == Encoding::kEncoded;
    outcome = put ? Outcome::kGoOn : line_.out.failed() ? Outcome::kNoMemory : outcome;
  }
  Py_DECREF(answer);
  return outcome;
}

Outcome Details::add_exception(PyObject* asked) {
  PyObject* error;
  if (!find_exception(asked, &error)) return Outcome::kNeedsPython;
  if (error == nullptr) return Outcome::kGoOn;
  Outcome outcome = Outcome::kNeedsPython;
  if (lane_->format == Format::kJson) {
    const size_t start = line_.out.size();
    outcome = put_key("exception") ? put_exception(lane_, line_.out, error) : Outcome::kNoMemory;
    if (outcome == Outcome::kNeedsPython) line_.out.advance_to(line_.out.begin() + start);
  }
  if (outcome == Outcome::kNeedsPython) {
    PyObject* answer = call_by_name(lane_->owner, "encode_exception", "O", error);
    PyObject* text = nullptr;
    if (answer != nullptr && PyTuple_CheckExact(answer)) {  // one look at it gives both forms
      text = Py_NewRef(PyTuple_GET_ITEM(answer, 1));
      Py_SETREF(answer, Py_NewRef(PyTuple_GET_ITEM(answer, 0)));
    }
    outcome = add_answer("exception", answer);
    if (text != nullptr && outcome == Outcome::kGoOn) {
      outcome = add_answer("stack_trace", Py_NewRef(text));
    }
    Py_XDECREF(text);
  } else if (outcome == Outcome::kGoOn && lane_->puts_stack_trace) {
    outcome =
        add_answer("stack_trace", call_by_name(lane_->owner, "encode_stack_trace", "O", error));
  }
  Py_DECREF(error);
  return outcome;
}

Outcome Details::add_stack(PyObject* asked, PyObject* stacklevel) {
  if (asked == Py_None || asked == Py_False) return Outcome::kGoOn;
  if (PyUnicode_CheckExact(asked)) {  // the bridge from logging has it already
    if (PyUnicode_GET_LENGTH(asked) == 0) return Outcome::kGoOn;
    const size_t start = line_.out.size();
    if (put_key("stack") && line_.put_text(asked) == Encoding::kEncoded) return Outcome::kGoOn;
    if (line_.out.failed()) return Outcome::kNoMemory;
    line_.out.advance_to(line_.out.begin() + start);
  } else if (asked != Py_True) {
    return Outcome::kNeedsPython;
  }
  if (stacklevel == nullptr) stacklevel = Py_None;
  return add_answer("stack",
                    call_by_name(lane_->owner, "encode_stack", "OO", asked, stacklevel));
}

Outcome Details::add_callsite(PyObject* stacklevel) {
  const size_t start = line_.out.size();
  Outcome outcome = put_key("callsite") ? put_callsite(lane_, line_.out, skip_of(stacklevel))
                                        : Outcome::kNoMemory;
  if (outcome == Outcome::kNeedsPython) line_.out.advance_to(line_.out.begin() + start);
  return outcome;
}

// Have core encode everything, where the lane's lines have it in forms that are not known here.
RARE Outcome Details::add_all(const Parameters& parameters) {
  PyObject* error = nullptr;
  if (parameters.exc_info != nullptr && !find_exception(parameters.exc_info, &error)) {
    return Outcome::kNeedsPython;
  }
  PyObject* stack = parameters.stack_info == nullptr ? Py_None : parameters.stack_info;
  PyObject* stacklevel = parameters.stacklevel == nullptr ? Py_None : parameters.stacklevel;
  PyObject* answer = call_by_name(lane_->owner, "encode_details", "OOO",
                                  error == nullptr ? Py_None : error, stack, stacklevel);
  Py_XDECREF(error);
  if (answer == nullptr) return outcome_of_exception();
  Outcome outcome = Outcome::kNeedsPython;
  if (PyBytes_CheckExact(answer)) {
    const bool put = line_.out.append(PyBytes_AS_STRING(answer),
                                      static_cast<size_t>(PyBytes_GET_SIZE(answer)));
    outcome = put ? Outcome::kGoOn : Outcome::kNoMemory;
  }
  Py_DECREF(answer);
  return outcome;
}

RARE Outcome Details::gather(const Parameters& parameters) {
  Outcome outcome = Outcome::kGoOn;
  // Exporter hooks are given exceptions and places as they are.
  if (lane_->hooks_need_fields || lane_->line_hook != nullptr) return Outcome::kNeedsPython;
  if (!lane_->puts_details && parameters.ask()) return Outcome::kNeedsPython;
  if (lane_->asks_for_details) return add_all(parameters);
  const bool compact = lane_->format == Format::kCompact;  // there the call site comes first
  if (lane_->puts_callsite && compact) outcome = add_callsite(parameters.stacklevel);
  if (outcome == Outcome::kGoOn && parameters.exc_info != nullptr) {
    outcome = add_exception(parameters.exc_info);
  }
  if (outcome == Outcome::kGoOn && parameters.stack_info != nullptr) {
    outcome = add_stack(parameters.stack_info, parameters.stacklevel);
  }
  if (outcome == Outcome::kGoOn && lane_->puts_callsite && !compact) {
    outcome = add_callsite(parameters.stacklevel);
  }
  return outcome;
}

RARE bool Details::put(Buffer& out, bool* ended) const {
  const char* end = PyBytes_AS_STRING(lane_->end);
  const size_t close_size = lane_->people.close_size;  // so much of it closes the last member
  const size_t end_size = static_cast<size_t>(PyBytes_GET_SIZE(lane_->end)) - close_size;
  if (*ended) {
    out.advance_to(out.cursor() - end_size);
  } else if (!out.append(end, close_size)) {
    return false;
  }
  *ended = close_size != 0;
  return out.append(line_.out.data(), line_.out.size()) &&
         (!*ended || out.append(end + close_size, end_size));
}

}  // namespace foundation
