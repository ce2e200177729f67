#include "questions.h"

#include <utility>

#include "call.h"
#include "collection.h"
#include "rare.h"

namespace foundation {
namespace {

bool same_place(const Question& question, const Open* open) {
  const Py_ssize_t depth = open == nullptr ? 0 : open->depth;
  if (PyTuple_GET_SIZE(question.around) != depth) return false;
  for (Py_ssize_t index = 0; open != nullptr; ++index, open = open->outer) {
    if (PyTuple_GET_ITEM(question.around, index) != open->container) return false;
  }
  return true;
}

// Say whether an answer is the same in each format.
bool is_text(const Question& question) {
  return !PyBytes_CheckExact(question.answer) && !PyDict_CheckExact(question.answer) &&
         !PyList_CheckExact(question.answer);
}

// Ask core about one value. False: an error is set.
bool ask_about(Lane* lane, Question& question, bool* refused) {
  PyObject* found =
      call_by_name(lane->owner, "encode_value", "nnOOO", question.nodes, question.room,
                   question.value, question.around, question.pair ? Py_True : Py_False);
  if (found == nullptr) return false;
  if (found == Py_None) {
    *refused = true;
    Py_DECREF(found);
    return true;
  }
  PyObject* answer;
  const bool sound = PyArg_ParseTuple(found, "nnO", &question.nodes_used,
                                      &question.room_used, &answer) != 0;
  if (sound) question.answer = Py_NewRef(answer);
  Py_DECREF(found);
  return sound;
}

}  // namespace

RARE const Question* Questions::find(PyObject* value, const Open* open, bool pair) const {
  for (int index = 0; index < state_.values; ++index) {
    const Question& question = values_[index];
    if (question.value == value && question.pair == pair && question.answer != nullptr &&
        same_place(question, open) && (question.logfmt == state_.logfmt || is_text(question))) {
      return &question;
    }
  }
  return nullptr;
}

RARE bool Questions::note(PyObject* value, const Open* open, bool pair, Py_ssize_t nodes,
                          Py_ssize_t room) {
  if (state_.values == kMost || !state_.answers) return false;
  const NoCollection none;
  PyObject* around = PyTuple_New(open == nullptr ? 0 : open->depth);
  if (around == nullptr) {
    PyErr_Clear();
    return false;
  }
  for (Py_ssize_t index = 0; open != nullptr; ++index, open = open->outer) {
    PyTuple_SET_ITEM(around, index, Py_NewRef(open->container));
  }
  values_[state_.values++] =
      Question{Py_NewRef(value), around, pair, state_.logfmt, nodes, room, nullptr, 0, 0};
  state_.incomplete = true;
  return true;
}

RARE void Questions::forget_from(int first) {
  while (state_.values > first) {
    Question& last = values_[--state_.values];
    Py_DECREF(last.value);
    Py_DECREF(last.around);
    Py_XDECREF(last.answer);
  }
}

RARE void Questions::note_type(PyTypeObject* type) {
  state_.incomplete = true;
  for (int index = 0; index < state_.types; ++index) {
    if (types_[index] == type) return;
  }
  if (state_.types < kMost) {
    types_[state_.types++] =
        reinterpret_cast<PyTypeObject*>(Py_NewRef(reinterpret_cast<PyObject*>(type)));
  }
}

RARE bool Questions::ask(Lane* lane, bool* refused) {
  state_.incomplete = false;
  state_.looked = false;
  surplus_ = 0;
  while (state_.types > 0) {
    PyTypeObject* type = types_[--state_.types];
    const bool learnt = lane->plans.learn(lane->owner, type);
    Py_DECREF(type);
    if (!learnt) return false;
  }
  for (int index = 0; index < state_.values && !*refused; ++index) {
    if (values_[index].answer == nullptr && !ask_about(lane, values_[index], refused)) return false;
  }
  return true;
}

RARE bool Questions::within_rendering(const Lane* lane) {
  if (state_.looked) return false;
  PyObject* encoder = PyObject_GetAttr(lane->rendering, lane->words.encoder);
  if (encoder == nullptr) {
    PyErr_Clear();
    return true;
  }
  state_.looked = encoder == Py_None;
  Py_DECREF(encoder);
  return !state_.looked;
}

RARE void Questions::start_over(bool keep_answers) {
  int kept = 0;
  for (int index = 0; keep_answers && index < state_.values; ++index) {
    if (values_[index].answer != nullptr) std::swap(values_[kept++], values_[index]);
  }
  forget_from(kept);
  while (state_.types > 0) Py_DECREF(types_[--state_.types]);
  state_.details = 0;
  state_.incomplete = false;
  state_.looked = false;
  surplus_ = 0;
}

RARE void Questions::forget_all() {
  forget_from(0);
  while (state_.types > 0) Py_DECREF(types_[--state_.types]);
}

}  // namespace foundation
