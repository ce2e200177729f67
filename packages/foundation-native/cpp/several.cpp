#include "several.h"

#include "buffer.h"
#include "deliver.h"
#include "lazy.h"
#include "outcome.h"
#include "prefix.h"
#include "rare.h"
#include "record.h"

namespace foundation {
namespace {

// An exception that is raised once all outputs have been seen to; the last one, if there are more.
class Raised {
 public:
  Raised() = default;
  Raised(const Raised&) = delete;
  Raised& operator=(const Raised&) = delete;
  ~Raised() { clear(); }

  // Take the exception that is set.
  void take() {
    clear();
    PyErr_Fetch(&type_, &error_, &trace_);
  }
  // Set a copy of it.
  void set() const {
    PyErr_Restore(Py_XNewRef(type_), Py_XNewRef(error_), Py_XNewRef(trace_));
  }
  bool is_there() const { return type_ != nullptr; }

 private:
  void clear() {
    Py_CLEAR(type_);
    Py_CLEAR(error_);
    Py_CLEAR(trace_);
  }

  PyObject* type_ = nullptr;
  PyObject* error_ = nullptr;
  PyObject* trace_ = nullptr;
};

// Count a line that an output has lost; the exception that has cost it is set. It is kept in
// `raised`, if it is an interrupt.
RARE void lose(const Method* writer, Raised& raised) {
  PyObject* done = count_lost(writer->lane, writer->level);
  if (done == nullptr) raised.take();
  Py_XDECREF(done);
}

// Say whether one of the lanes is being collected.
bool is_being_collected(const Group& group) {
  for (int index = 0; index < group.maker_count; ++index) {
    if (group.makers[index]->lane->owner == nullptr) return true;
  }
  for (int index = 0; index < group.writer_count; ++index) {
    if (group.writers[index]->lane->owner == nullptr) return true;
  }
  return false;
}

// Begin a new second where one has begun. False: an error is set.
bool refresh_clocks(const Group& group, const Moment& now) {
  for (int index = 0; index < group.maker_count; ++index) {
    Lane* lane = group.makers[index]->lane;
    if (!lane->second.is(now.second) && !refresh_clock(lane, now.second)) return false;
  }
  for (int index = 0; index < group.writer_count; ++index) {
    Lane* lane = group.writers[index]->lane;
    if (!lane->second.is(now.second) && !refresh_clock(lane, now.second)) return false;
  }
  return true;
}

// Note that a bound logger has written its first line: one that writes a second is worth a prefix.
void note_first_line(const Group& group, PyObject* logger) {
  for (int index = 0; index < group.maker_count; ++index) {
    const Lane* lane = group.makers[index]->lane;
    const Borrowed holder(logger, lane->at.rendered);
    if (prefix_in(holder.get(), lane, lane->cold) == nullptr) continue;
    set_slot(logger, lane->at.rendered, Py_NewRef(lane->written_once));
    return;
  }
}

// Write the lines. An output that fails costs the others nothing.
PyObject* write_lines(const Group& group, const Buffer* lines) {
  Raised raised;
  for (int index = 0; index < group.writer_count; ++index) {
    Method* writer = group.writers[index];
    const Buffer& line = lines[group.line_of[index]];
    Outcome outcome = write_out(writer, line);
    // The others may have their lines already: this one goes where they went.
    if (outcome == Outcome::kSuperseded) outcome = hand_to_sink(writer, line);
    if (outcome != Outcome::kWritten) lose(writer, raised);
  }
  if (!raised.is_there()) Py_RETURN_NONE;
  raised.set();
  return nullptr;
}

bool take_method(PyTypeObject* method_type, PyObject* object, Method** slot) {
  if (!Py_IS_TYPE(object, method_type)) {
    PyErr_SetString(PyExc_TypeError, "a group is made of level methods");
    return false;
  }
  *slot = reinterpret_cast<Method*>(Py_NewRef(object));
  return true;
}

bool fill_group(Group* group, PyTypeObject* method_type, PyObject* makers, PyObject* writers) {
  const Py_ssize_t maker_count = PyTuple_GET_SIZE(makers);
  const Py_ssize_t writer_count = PyTuple_GET_SIZE(writers);
  if (maker_count > Group::kMostFormats || writer_count > Group::kMostOutputs) {
    PyErr_SetString(PyExc_ValueError, "there are too many outputs");
    return false;
  }
  for (Py_ssize_t index = 0; index < maker_count; ++index) {
    Method** slot = &group->makers[index];
    if (!take_method(method_type, PyTuple_GET_ITEM(makers, index), slot)) return false;
    ++group->maker_count;
  }
  for (Py_ssize_t index = 0; index < writer_count; ++index) {
    PyObject* writer;
    int line_of;
    if (!PyArg_ParseTuple(PyTuple_GET_ITEM(writers, index), "Oi", &writer, &line_of)) return false;
    if (line_of < 0 || line_of >= group->maker_count) {
      PyErr_SetString(PyExc_ValueError, "an output has no line");
      return false;
    }
    if (!take_method(method_type, writer, &group->writers[index])) return false;
    group->line_of[index] = line_of;
    ++group->writer_count;
  }
  return true;
}

}  // namespace

Group* make_group(PyTypeObject* method_type, PyObject* makers, PyObject* writers) {
  auto* group = static_cast<Group*>(PyMem_Calloc(1, sizeof(Group)));
  if (group == nullptr) {
    PyErr_NoMemory();
    return nullptr;
  }
  if (fill_group(group, method_type, makers, writers)) return group;
  free_group(group);
  return nullptr;
}

void free_group(Group* group) {
  if (group == nullptr) return;
  for (Method*& maker : group->makers) Py_CLEAR(maker);
  for (Method*& writer : group->writers) Py_CLEAR(writer);
  PyMem_Free(group);
}

int traverse_group(const Group* group, visitproc visit, void* arg) {
  if (group == nullptr) return 0;
  for (Method* maker : group->makers) Py_VISIT(maker);
  for (Method* writer : group->writers) Py_VISIT(writer);
  return 0;
}

RARE PyObject* lose_all(const Group& group) {
  Raised cause, raised;
  cause.take();
  for (int index = 0; index < group.writer_count; ++index) {
    cause.set();
    lose(group.writers[index], raised);
  }
  if (!raised.is_there()) Py_RETURN_NONE;
  raised.set();
  return nullptr;
}

PyObject* choose(const Method* method, const Call& call) {
  Lane* lane = method->lane;
  PyObject* name = slot_of<PyObject>(site_of(lane, call.logger), lane->at.name);
  PyObject* chosen = PyObject_GetItem(method->choices, name);  // core finds what is not there yet
  if (chosen != nullptr || !forget_exception()) return chosen;
  PyObject* result = fall_back(lane, call, method->level);
  return result != nullptr ? result : lose_all(*method->group);
}

PyObject* write_several(Method* method, const Call& call, PyObject* context, const Moment& now,
                        bool computed) {
  const Group& group = *method->group;
  Lane* lane = method->lane;
  if (is_being_collected(group)) Py_RETURN_NONE;
  Buffer lines[Group::kMostFormats];
  Questions questions(true);
  Outcome outcome = refresh_clocks(group, now) ? Outcome::kWritten : outcome_of_exception();
  for (int index = 0; index < group.maker_count && outcome == Outcome::kWritten; ++index) {
    const Kept kept{&lines[index], &questions, computed};
    Call own = call;
    own.kept = &kept;
    questions.ask_for(group.makers[index]->lane->format);
    outcome = make_line(group.makers[index], own, context, now);
  }
  if (outcome == Outcome::kWritten) {
    // Nothing lets go of the GIL between this look and the first write.
    if (lane->state == Lane::State::kSuperseded) {
      PyObject* sent = forward(lane, call, method->level);
      return sent != nullptr ? sent : lose_all(group);
    }
    note_first_line(group, call.logger);
    return write_lines(group, lines);
  }
  if (outcome == Outcome::kNeedsPython && !computed && has_lazy_values(lane, call)) {
    Call own = call;
    Computed values;  // all outputs have what is computed of them once
    if (!values.make(lane, &own, context)) return lose_all(group);
    return write_several(method, own, context, now, true);
  }
  if (outcome == Outcome::kNoMemory) PyErr_NoMemory();
  if (outcome != Outcome::kNoMemory && outcome != Outcome::kRaised) {
    PyObject* result = fall_back(lane, call, method->level);
    if (result != nullptr) return result;
  }
  return lose_all(group);
}

bool measure_several(const Group* group) {
  for (int index = 0; group != nullptr && index < group->writer_count; ++index) {
    Lane* lane = group->writers[index]->lane;
    if (!lane->measures || lane->owner == nullptr) continue;
    PyObject* measured = call_by_name(lane->owner, "measure", nullptr);
    if (measured == nullptr) return false;
    Py_DECREF(measured);
  }
  return true;
}

}  // namespace foundation
