#include "enrich.h"

#include "call.h"
#include "rare.h"

namespace foundation {
namespace {

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

}  // namespace

bool find_mark(Lane* lane, const Call& call, PyObject* bound, PyObject* context, Mark& mark) {
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
  PyObject* around =
      context == Py_None ? nullptr : slot_of<PyObject>(context, lane->at.context_fields);
  if (ask(lane, call, bound_of(lane, call.logger), around, question)) {
    lane->marks.keep(question, mark.text);
  }
  return true;
}

Outcome put_fragments(Lane* lane, Line& line, bool* ended) {
  PyObject* added;
  if (lane->has_token) {
    added = lane->ending.find();
    if (added == nullptr && PyErr_Occurred() == nullptr) added = lane->ending.look(lane->stages);
    *ended = added != nullptr && PyBytes_Check(added) && PyBytes_GET_SIZE(added) > 0;
  } else {
    added = call_by_name(lane->stages, "give", nullptr);
  }
  if (added == nullptr) return Outcome::kRaised;
  const bool put =
      PyBytes_Check(added) &&
      line.out.append(PyBytes_AS_STRING(added), static_cast<size_t>(PyBytes_GET_SIZE(added)));
  Py_DECREF(added);
  return put ? Outcome::kWritten : Outcome::kNeedsPython;
}

Outcome tap(const Method* method, const Call& call, PyObject* context, const Line& line,
            const Moment& now) {
  const Lane* lane = method->lane;
  const bool given = lane->take_line != nullptr ? give_line(method, line)
                                                : give_fields(method, call, context, now.seconds());
  if (given) return Outcome::kWritten;
  if (!forget_exception()) return Outcome::kRaised;
  PyObject* counted = call_by_name(lane->owner, "count_failed_tap", nullptr);
  Py_XDECREF(counted);
  return counted != nullptr || forget_exception() ? Outcome::kWritten : Outcome::kRaised;
}

}  // namespace foundation
