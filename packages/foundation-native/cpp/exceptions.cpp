#include "exceptions.h"

#include <cstring>

#include "call.h"
#include "frames.h"
#include "numbers.h"
#include "rewrite.h"
#include "text.h"

namespace foundation {
namespace {

// The bounds of `_record/exceptions.py`. What else that bounds (members of groups, frames of all
// exceptions) is not reached here.
constexpr int kMostLinks = 16;
constexpr int kMostFrames = 64;
constexpr Py_ssize_t kMostNotes = 16;
constexpr Py_ssize_t kLongestType = 200;
// Left of a line's room for texts that core does not count when it cuts messages.
constexpr Py_ssize_t kSpare = 8192;

PyBaseExceptionObject* parts_of(PyObject* error) {
  return reinterpret_cast<PyBaseExceptionObject*>(error);
}

// One exception and all that it came from, in the making.
class Description {
 public:
  Description(Lane* lane, Buffer& out) : lane_(lane), out_(out) {}
  ~Description() {
    for (int index = 0; index < size_; ++index) Py_DECREF(links_[index]);
  }
  Description(const Description&) = delete;
  Description& operator=(const Description&) = delete;

  Outcome put(PyObject* error);

 private:
  // What each of them returns: `kGoOn`, `kNoMemory`, `kNeedsPython` or `kRaised`.
  Outcome put_alone(PyObject* error);
  Outcome put_type(PyTypeObject* type);
  Outcome put_message(PyObject* error);
  Outcome put_notes(PyObject* error);
  Outcome put_frames(PyObject* trace);
  Outcome put_text(PyObject* text);
  Outcome ended(bool put) const { return put ? Outcome::kGoOn : Outcome::kNoMemory; }

  Lane* lane_;
  Buffer& out_;
  Py_ssize_t room_ = 0;  // characters of texts that have been put
  PyObject* links_[kMostLinks + 1];  // owned: a signal's handler may change what refers to them
  int size_ = 0;
};

Outcome Description::put_text(PyObject* text) {
  if (!PyUnicode_CheckExact(text)) return Outcome::kNeedsPython;
  const Py_ssize_t size = PyUnicode_GET_LENGTH(text);
  room_ += size;
  // Beyond that core cuts texts.
  if (size > lane_->longest_string || room_ > lane_->longest_line - lane_->longest_string - kSpare) {
    return Outcome::kNeedsPython;
  }
  if (put_json_text(out_, text) == Encoding::kEncoded) return Outcome::kGoOn;
  return out_.failed() ? Outcome::kNoMemory : Outcome::kNeedsPython;
}

// As core's `type_name`.
Outcome Description::put_type(PyTypeObject* type) {
  Borrowed found;
  PyObject* module = nullptr;
  if ((type->tp_flags & Py_TPFLAGS_HEAPTYPE) != 0) {
    const Locked section(type->tp_dict);
    module = PyDict_GetItemWithError(type->tp_dict, lane_->words.module);
    Borrowed held(module);
    found.take(held);
    if (module == nullptr || !PyUnicode_CheckExact(module)) {
      PyErr_Clear();
      return Outcome::kNeedsPython;
    }
  } else if (std::strchr(type->tp_name, '.') != nullptr) {
    return Outcome::kNeedsPython;
  }
  PyObject* name = PyType_GetQualName(type);
  if (name == nullptr) {
    PyErr_Clear();
    return Outcome::kNeedsPython;
  }
  Outcome outcome = Outcome::kNeedsPython;
  const bool bare =
      module == nullptr || PyUnicode_CompareWithASCIIString(module, "builtins") == 0;
  const Py_ssize_t size =
      PyUnicode_GET_LENGTH(name) + (bare ? 0 : PyUnicode_GET_LENGTH(module) + 1);
  if (PyUnicode_CheckExact(name) && size <= kLongestType) {
    const bool put = out_.append('"') &&
                     (bare || (put_json_body(out_, module) == Encoding::kEncoded &&
                               out_.append('.'))) &&
                     put_json_body(out_, name) == Encoding::kEncoded && out_.append('"');
    if (put || out_.failed()) outcome = ended(put);
  }
  Py_DECREF(name);
  return outcome;
}

// Where code of the user's would have to run, core is asked about the exception as a whole: then
// nothing of it runs twice.
Outcome Description::put_message(PyObject* error) {
  PyObject* args = parts_of(error)->args;
  const Py_ssize_t count = args == nullptr ? -1 : PyTuple_GET_SIZE(args);
  if (Py_TYPE(error)->tp_str == reinterpret_cast<PyTypeObject*>(PyExc_BaseException)->tp_str) {
    if (count == 0) return ended(out_.append("\"\""));
    PyObject* only = count == 1 ? PyTuple_GET_ITEM(args, 0) : nullptr;
    if (only != nullptr && PyUnicode_CheckExact(only)) return put_text(only);
  }
  PyObject* text = message_of(error);
  if (text == nullptr) {
    return PyErr_Occurred() == nullptr ? Outcome::kNeedsPython : outcome_of_exception();
  }
  const Outcome outcome = put_text(text);
  Py_DECREF(text);
  return outcome;
}

// Notes that are plain texts in the exception's own dict.
Outcome Description::put_notes(PyObject* error) {
  PyTypeObject* type = Py_TYPE(error);
  if (type->tp_getattro != PyObject_GenericGetAttr ||
      _PyType_Lookup(type, lane_->words.notes) != nullptr) {
    return Outcome::kNeedsPython;
  }
  PyObject* dict = parts_of(error)->dict;
  if (dict == nullptr) return Outcome::kGoOn;
  if (!PyDict_CheckExact(dict)) return Outcome::kNeedsPython;
  const Locked dict_section(dict);
  PyObject* notes = PyDict_GetItemWithError(dict, lane_->words.notes);
  const Borrowed held(notes);
  if (notes == nullptr) {
    PyErr_Clear();
    return Outcome::kGoOn;
  }
  if (!PyList_CheckExact(notes)) return Outcome::kNeedsPython;
  const Locked section(notes);
  const Py_ssize_t size = Py_MIN(PyList_GET_SIZE(notes), kMostNotes);
  if (size == 0) return Outcome::kGoOn;
  if (!out_.append(",\"notes\":[")) return Outcome::kNoMemory;
  for (Py_ssize_t index = 0; index < size; ++index) {
    if (index > 0 && !out_.append(',')) return Outcome::kNoMemory;
    const Outcome outcome = put_text(PyList_GET_ITEM(notes, index));
    if (outcome != Outcome::kGoOn) return outcome;
  }
  return ended(out_.append(']'));
}

// No Python code runs in here, so nothing changes the traceback.
Outcome Description::put_frames(PyObject* trace) {
  int count = 0;
  auto* step = reinterpret_cast<PyTracebackObject*>(trace);
  for (auto* each = step; each != nullptr; each = each->tb_next) ++count;
  const int omitted = count > kMostFrames ? count - kMostFrames : 0;
  for (int index = 0; index < omitted; ++index) step = step->tb_next;
  if (!out_.append(",\"frames\":[")) return Outcome::kNoMemory;
  for (bool more = false; step != nullptr; step = step->tb_next, more = true) {
    if (more && !out_.append(',')) return Outcome::kNoMemory;
    PyCodeObject* code = PyFrame_GetCode(step->tb_frame);
    room_ += PyUnicode_GET_LENGTH(code->co_filename) + PyUnicode_GET_LENGTH(code->co_name);
    Outcome outcome = Outcome::kNeedsPython;
    if (room_ <= lane_->longest_line - lane_->longest_string - kSpare) {
      outcome = put_frame(lane_, out_, code, step->tb_lasti, step->tb_lineno);
    }
    Py_DECREF(code);
    if (outcome != Outcome::kGoOn) return outcome;
  }
  if (!out_.append(']')) return Outcome::kNoMemory;
  if (omitted == 0) return Outcome::kGoOn;
  if (!out_.append(",\"frames_omitted\":") || !out_.reserve(16)) return Outcome::kNoMemory;
  out_.advance_to(put_small(out_.cursor(), omitted));
  return Outcome::kGoOn;
}

Outcome Description::put_alone(PyObject* error) {
  if (PyObject_TypeCheck(error, reinterpret_cast<PyTypeObject*>(PyExc_BaseExceptionGroup))) {
    return Outcome::kNeedsPython;
  }
  if (!out_.append("{\"type\":")) return Outcome::kNoMemory;
  Outcome outcome = put_type(Py_TYPE(error));
  if (outcome != Outcome::kGoOn) return outcome;
  if (!out_.append(",\"message\":")) return Outcome::kNoMemory;
  outcome = put_message(error);
  if (outcome == Outcome::kGoOn) outcome = put_notes(error);
  if (outcome != Outcome::kGoOn) return outcome;
  PyObject* trace = parts_of(error)->traceback;
  return trace == nullptr ? Outcome::kGoOn : put_frames(trace);
}

Outcome Description::put(PyObject* error) {
  for (;;) {
    for (int index = 0; index < size_; ++index) {
      if (links_[index] == error) return Outcome::kNeedsPython;  // it came from itself
    }
    if (size_ > kMostLinks) return Outcome::kNeedsPython;
    links_[size_++] = Py_NewRef(error);
    const Outcome outcome = put_alone(error);
    if (outcome != Outcome::kGoOn) return outcome;
    PyBaseExceptionObject* parts = parts_of(error);
    const bool caused = parts->cause != nullptr;
    if (!caused && (parts->suppress_context || parts->context == nullptr)) break;
    if (!(caused ? out_.append(",\"cause\":") : out_.append(",\"context\":"))) {
      return Outcome::kNoMemory;
    }
    error = caused ? parts->cause : parts->context;
  }
  for (int index = 0; index < size_; ++index) {
    if (!out_.append('}')) return Outcome::kNoMemory;
  }
  return Outcome::kGoOn;
}

}  // namespace

RARE Outcome put_exception(Lane* lane, Buffer& out, PyObject* error) {
  if (!lane->plain_exceptions) return Outcome::kNeedsPython;
  return Description(lane, out).put(error);
}

}  // namespace foundation
