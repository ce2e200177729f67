// The decision about one call, as core's `_sampling/decision.py` makes it in Python.
#include <ctime>

#include "call.h"
#include "clock.h"
#include "deliver.h"
#include "rare.h"
#include "sampled_method.h"

namespace foundation {
namespace {

// Return the time by the clock of core's `monotonic_ns`.
int64_t read_monotonic() {
#if defined(__linux__)
  return read_timer_ns();
#elif PY_VERSION_HEX >= 0x030D0000
  PyTime_t now = 0;
  (void)PyTime_MonotonicRaw(&now);
  return now;
#else
  return _PyTime_GetMonotonicClock();
#endif
}

// How far behind a clock may be that goes forward with the ticks of the kernel, and more.
constexpr int64_t kMostBehind = 20'000'000;

// Say whether there is something to tell of. A number that core has replaced is looked at again.
inline bool is_due(SampledMethod* sampled, int64_t now) {
  PyObject* due = slot_of<PyObject>(sampled->unsaid, sampled->due_at);
  if (due != sampled->seen_due) {
    sampled->due = PyLong_AsLongLong(due);
    Py_XSETREF(sampled->seen_due, Py_NewRef(due));
  }
  return now >= sampled->due;
}

// Say whether a call goes through, and count it, by a clock that is a tick behind: it takes a fifth of
// the time of the exact one, which is some percent of a line. False: the exact one has to tell.
inline bool passes_early([[maybe_unused]] SampledMethod* sampled,
                         [[maybe_unused]] const Place& place,
                         [[maybe_unused]] Numbers& counter) {
#if defined(CLOCK_MONOTONIC_COARSE)
  timespec time;
  if (clock_gettime(CLOCK_MONOTONIC_COARSE, &time) != 0) return false;
  const int64_t now = int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
  if (is_due(sampled, now + kMostBehind)) return false;
  if (place.interval != 0) return takes_token(place, now);
  if (counter.seen >= place.first || now + kMostBehind >= counter.end) return false;
  ++counter.seen;
  return true;
#else
  return false;
#endif
}

// Return what counts an event, borrowed, or null: it has not been met. Core forgets events whose
// windows have ended, and has all places forgotten with them.
inline Numbers* find_counter(const SampledMethod* sampled, Place* place, PyObject* event) {
  if (Numbers* recent = place->find_recent(event)) return recent;
  if (!PyUnicode_CheckExact(event)) return nullptr;
  PyObject* found = PyDict_GetItemWithError(place->events, event);
  if (found == nullptr || !PyObject_TypeCheck(found, sampled->numbers_type)) return nullptr;
  auto* counter = reinterpret_cast<Numbers*>(found);
  place->remember(event, counter);
  return counter;
}

// After an exception, which is set: have core count what has gone wrong. A call is written for want
// of a decision.
RARE Verdict fail(const SampledMethod* sampled, PyObject* logger, bool left) {
  if (!PyErr_ExceptionMatches(PyExc_Exception)) return Verdict::kRaised;
  PyObject *type, *error, *trace;
  PyErr_Fetch(&type, &error, &trace);
  PyErr_NormalizeException(&type, &error, &trace);
  if (trace != nullptr) PyException_SetTraceback(error, trace);
  PyObject* done = call_by_name(sampled->sampling, "fail", "OiOi", error, sampled->level, logger,
                                static_cast<int>(left));
  Py_XDECREF(type);
  Py_XDECREF(error);
  Py_XDECREF(trace);
  if (done == nullptr && !forget_exception()) return Verdict::kRaised;
  Py_XDECREF(done);
  return left ? Verdict::kLeaveOut : Verdict::kWrite;
}

bool call_note(const SampledMethod* sampled, Numbers* counter, int64_t due) {
  PyObject* done = call_by_name(sampled->unsaid, "note", "OL", reinterpret_cast<PyObject*>(counter),
                                static_cast<long long>(due));
  Py_XDECREF(done);
  return done != nullptr;
}

// Have core tell of a counter that has begun to count, also where a signal handler has raised in
// the midst of that. False: an error is set.
RARE bool note(const SampledMethod* sampled, Numbers* counter, int64_t due) {
  if (call_note(sampled, counter, due)) return true;
  PyObject *type, *error, *trace;
  PyErr_Fetch(&type, &error, &trace);
  if (!call_note(sampled, counter, due)) PyErr_Clear();
  PyErr_Restore(type, error, trace);
  return false;
}

// Count a call that is left out: under its reason, for each output, and with its event. Nothing
// else comes between the two.
Verdict leave_out(const SampledMethod* sampled, const Place& place, Numbers* counter,
                  PyObject* logger, int64_t now) {
  const Py_ssize_t at = sampled->lane->at.count;
  if (!add_one(place.dropped, at)) return Verdict::kWrite;  // no memory
  ++counter->left_out;
  for (Py_ssize_t index = 0; place.others != nullptr && index < PyList_GET_SIZE(place.others);
       ++index) {
    (void)add_one(PyList_GET_ITEM(place.others, index), at);
  }
  if (counter->due != 0) return Verdict::kLeaveOut;  // it is noted
  const int64_t due = counter->end != 0 ? counter->end : now + place.window;
  Py_INCREF(counter);
  const bool noted = note(sampled, counter, due);
  Py_DECREF(counter);
  return noted ? Verdict::kLeaveOut : fail(sampled, logger, true);
}

// Meet a logger. Null: an error is set.
RARE Place* meet_logger(SampledMethod* sampled, PyObject* site) {
  PyObject* object = call_by_name(sampled->sampling, "meet", "iO", sampled->level, site);
  if (object == nullptr) return nullptr;
  Place* place = sampled->places.find(site);  // another thread may have come first
  if (place == nullptr) {
    place = sampled->places.add(site, object, sampled->numbers_type, sampled->lane->counter_type);
  }
  Py_DECREF(object);
  return place;
}

// Remember of an event that core has had no room for it, until when it has none.
RARE bool remember_shared(Place* place, PyObject* counter) {
  PyObject* others = PyDict_GetItemString(place->events, "<other events>");
  if (others != counter) return true;
  PyObject* rule = attribute_of(place->object, "rule");
  PyObject* until = rule == nullptr ? nullptr : attribute_of(rule, "next_look");
  Py_XDECREF(rule);
  const long long moment = until == nullptr ? -1 : PyLong_AsLongLong(until);
  Py_XDECREF(until);
  if (moment == -1 && PyErr_Occurred() != nullptr) return false;
  Py_INCREF(counter);
  Py_XSETREF(place->shared, reinterpret_cast<Numbers*>(counter));
  place->shared_until = moment;
  return true;
}

// Meet an event. Returns a new reference; null: an error is set.
RARE Numbers* meet_event(const SampledMethod* sampled, PyObject* site, PyObject* event) {
  Place* place = sampled->places.find(site);
  Py_INCREF(place->object);
  PyObject* object = place->object;
  PyObject* counter = call_by_name(object, "meet", "O", event);
  Py_DECREF(object);
  if (counter == nullptr) return nullptr;
  place = sampled->places.find(site);
  bool known = PyObject_TypeCheck(counter, sampled->numbers_type) != 0;
  if (!known) PyErr_SetString(PyExc_TypeError, "an event is counted by another object");
  if (known && place != nullptr && place->object != nullptr && PyUnicode_CheckExact(event)) {
    known = remember_shared(place, counter);
  }
  if (!known) Py_CLEAR(counter);
  return reinterpret_cast<Numbers*>(counter);
}

// Decide about a call of which something has not been met, or when there is something to tell.
RARE Verdict decide_slowly(SampledMethod* sampled, PyObject* logger, PyObject* site,
                           PyObject* event) {
  Place* place = sampled->places.find(site);
  if (place == nullptr) place = meet_logger(sampled, site);
  if (place == nullptr) return fail(sampled, logger, false);
  if (place->object == nullptr) return Verdict::kWrite;
  Numbers* counter = find_counter(sampled, place, event);
  if (counter == nullptr && PyUnicode_CheckExact(event) && place->shared != nullptr &&
      read_monotonic() < place->shared_until) {
    counter = place->shared;
  }
  if (counter != nullptr) {
    Py_INCREF(counter);
  } else {
    counter = meet_event(sampled, site, event);
    if (counter == nullptr) return fail(sampled, logger, false);
  }
  const int64_t now = read_monotonic();
  Verdict verdict = Verdict::kWrite;
  bool ready = true;
  if (is_due(sampled, now)) {
    PyObject* done =
        call_by_name(sampled->unsaid, "say_ended", "L", static_cast<long long>(now));
    Py_XDECREF(done);
    ready = done != nullptr;
  }
  if (!ready) {
    verdict = fail(sampled, logger, false);
  } else if (sampled->lane->state != Lane::State::kSuperseded) {
    place = sampled->places.find(site);
    // Whatever ran may have had all places forgotten.
    if (place == nullptr) place = meet_logger(sampled, site);
    if (place == nullptr) {
      verdict = fail(sampled, logger, false);
    } else if (place->object != nullptr && leaves_out(*place, *counter, now)) {
      verdict = leave_out(sampled, *place, counter, logger, now);
    }
  }
  Py_DECREF(counter);
  return verdict;
}

}  // namespace

FUSED Verdict decide(SampledMethod* sampled, PyObject* logger, PyObject* site, PyObject* event) {
  Place* place = sampled->places.find(site);
  if (place == nullptr) return decide_slowly(sampled, logger, site, event);
  if (place->object == nullptr) return Verdict::kWrite;
  Numbers* counter = find_counter(sampled, place, event);
  if (counter == nullptr) return decide_slowly(sampled, logger, site, event);
  if (passes_early(sampled, *place, *counter)) return Verdict::kWrite;
  const int64_t now = read_monotonic();
  if (is_due(sampled, now)) return decide_slowly(sampled, logger, site, event);
  if (!leaves_out(*place, *counter, now)) return Verdict::kWrite;
  return leave_out(sampled, *place, counter, logger, now);
}

}  // namespace foundation
