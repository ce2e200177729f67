// Objects that this code can write by itself, each by the plan of its type.
#include <charconv>

#include "collection.h"
#include "fields.h"
#include "moments.h"
#include "rare.h"

namespace foundation {
namespace {

bool is_simple(PyObject* value) {
  return value == nullptr || value == Py_None || PyUnicode_CheckExact(value) ||
         PyLong_CheckExact(value) || PyFloat_CheckExact(value) || PyBool_Check(value);
}

}  // namespace

Encoding Line::put_string(PyObject* text) {
  if (PyUnicode_GET_LENGTH(text) > lane_->longest_string) return Encoding::kNeedsPython;
  return is_bare() ? put_logfmt_text(out, text) : put_json_text(out, text);
}

// Put a text that is made for the purpose, and let it go. Null, with an error set: core has to be
// asked.
Encoding Line::put_new_string(PyObject* text) {
  if (text == nullptr) {
    PyErr_Clear();
    return Encoding::kAskValue;
  }
  const Encoding encoding = put_string(text);
  Py_DECREF(text);
  return encoding;
}

// Put a short text that needs no escapes, and no quotes in logfmt.
Encoding Line::put_word(const char* text, size_t size) {
  if (!out.reserve(size + 2)) return Encoding::kNeedsPython;
  char* cursor = out.cursor();
  const bool quoted = !is_bare();
  if (quoted) *cursor++ = '"';
  std::memcpy(cursor, text, size);
  cursor += size;
  if (quoted) *cursor++ = '"';
  out.advance_to(cursor);
  return Encoding::kEncoded;
}

RARE Encoding Line::put_big_int(PyObject* number) {
  const unsigned long long value = PyLong_AsUnsignedLongLong(number);
  if (PyErr_Occurred() == nullptr) {
    if (!out.reserve(24)) return Encoding::kNeedsPython;
    out.advance_to(std::to_chars(out.cursor(), out.cursor() + 24, value).ptr);
    return Encoding::kEncoded;
  }
  PyErr_Clear();
  // Beyond a double there are more digits than the interpreter may be willing to write.
  PyLong_AsDouble(number);
  if (PyErr_Occurred() != nullptr) {
    PyErr_Clear();
    return open_ == nullptr ? ask(number, false) : Encoding::kAskValue;
  }
  PyObject* digits = PyLong_Type.tp_repr(number);
  const Encoding encoding = put_new_string(digits);
  return encoding == Encoding::kAskValue && open_ == nullptr ? ask(number, false) : encoding;
}

RARE Encoding Line::put_no_number(double value) {
  if (std::isnan(value)) return put_word("NaN", 3);
  return value > 0 ? put_word("Infinity", 8) : put_word("-Infinity", 9);
}

Encoding Line::put_octets(PyObject* octets) {
  const Py_ssize_t size = PyBytes_GET_SIZE(octets);
  if (size > lane_->longest_string) return Encoding::kAskValue;
  return put_new_string(PyUnicode_DecodeUTF8(PyBytes_AS_STRING(octets), size, "strict"));
}

Encoding Line::put_enum(PyObject* member) {
  PyObject* value = PyObject_GenericGetAttr(member, lane_->words.value);
  if (value == nullptr) PyErr_Clear();
  // A value that is an object might be the member itself.
  const Encoding encoding =
      value != nullptr && is_simple(value) ? put_json(value) : Encoding::kAskValue;
  Py_XDECREF(value);
  return encoding;
}

Encoding Line::put_moment(PyObject* value, Writing writing) {
  PyObject* zone = writing == Writing::kMoment ? zone_of_moment(value)
                   : writing == Writing::kTime ? zone_of_time(value)
                                               : nullptr;
  if (zone != nullptr && zone != Py_None && zone != lane_->utc &&
      lane_->plans.find(Py_TYPE(zone)) == nullptr) {
    questions_->note_type(Py_TYPE(zone));
    return Encoding::kEncoded;
  }
  ShortText text;
  bool known;
  switch (writing) {
    case Writing::kMoment:
      known = spell_moment(lane_, value, text);
      break;
    case Writing::kTime:
      known = spell_time(lane_, value, text);
      break;
    case Writing::kDate:
      known = spell_date(value, text);
      break;
    default:
      known = spell_duration(value, text);
  }
  return known ? put_word(text.bytes, text.size) : Encoding::kAskValue;
}

// `str` and `repr` run the handlers of signals, whatever they are given, and what those do or raise
// must not happen in the midst of a line. So only messages that need neither are made here.
Encoding Line::put_exception(PyObject* error, const Plan* plan) {
  PyObject* args = reinterpret_cast<PyBaseExceptionObject*>(error)->args;
  const Py_ssize_t count = args == nullptr ? -1 : PyTuple_GET_SIZE(args);
  if (count == 0) return put_new_string(Py_NewRef(plan->label));
  PyObject* only = count == 1 ? PyTuple_GET_ITEM(args, 0) : nullptr;
  if (only == nullptr || !PyUnicode_CheckExact(only)) return Encoding::kAskValue;
  const reprfunc show = Py_TYPE(error)->tp_str;
  PyObject* text;
  if (show == reinterpret_cast<PyTypeObject*>(PyExc_BaseException)->tp_str) {
    text = PyUnicode_FromFormat("%U: %U", plan->label, only);
  } else if (show == reinterpret_cast<PyTypeObject*>(PyExc_KeyError)->tp_str) {
    PyObject* message = PyUnicode_Type.tp_repr(only);
    text = message == nullptr ? nullptr : PyUnicode_FromFormat("%U: %U", plan->label, message);
    Py_XDECREF(message);
  } else {
    return Encoding::kAskValue;
  }
  const Py_ssize_t size = text == nullptr ? 0 : PyUnicode_GET_LENGTH(text);
  if (size >= 2 && PyUnicode_READ_CHAR(text, size - 1) == ' ' &&
      PyUnicode_READ_CHAR(text, size - 2) == ':') {
    Py_SETREF(text, PyUnicode_Substring(text, 0, size - 2));
  }
  return put_new_string(text);
}

Encoding Line::put_object(PyObject* value) {
  if (questions_ == nullptr || lane_->hooks_need_fields) return Encoding::kNeedsPython;
  const Plan* plan = lane_->plans.find(Py_TYPE(value));
  if (plan == nullptr) {
    questions_->note_type(Py_TYPE(value));
    return Encoding::kEncoded;
  }
  switch (plan->writing) {
    case Writing::kText:
      return put_string(value);
    case Writing::kInt:
      return put_int(value);
    case Writing::kFloat:
      return put_float(PyFloat_AS_DOUBLE(value));
    case Writing::kOctets:
      return put_octets(value);
    case Writing::kUnique:
      return put_unique(value);
    case Writing::kMoment:
      if (!has_foreign_zone(lane_, value)) return put_moment(value, Writing::kMoment);
      break;
    case Writing::kDict:
    case Writing::kList:
    case Writing::kTuple:
    case Writing::kNamedTuple:
      saw_container_ = true;
      if (is_bare() && lane_->format == Format::kLogfmt) return Encoding::kAskValue;
      if (plan->writing == Writing::kNamedTuple) return put_named_tuple(value, plan);
      return plan->writing == Writing::kDict ? put_mapping(value) : put_sequence(value);
    case Writing::kLazy:
      return Encoding::kNeedsPython;
    case Writing::kAsk:
    case Writing::kLogged:
    case Writing::kZone:
    case Writing::kSpelt:
      return Encoding::kAskValue;
    default:
      break;
  }
  // An object that is being rendered has logged this: its line runs no code of others, and core
  // says of each what stands for it.
  if (questions_->within_rendering(lane_)) return Encoding::kNeedsPython;
  const NoCollection none;
  return put_foreign(value, plan);
}

Encoding Line::put_foreign(PyObject* value, const Plan* plan) {
  switch (plan->writing) {
    case Writing::kDecimal:
      return put_new_string(Py_TYPE(value)->tp_str(value));
    case Writing::kMoment:
    case Writing::kDate:
    case Writing::kTime:
    case Writing::kDuration:
      return put_moment(value, plan->writing);
    case Writing::kPath:
      return put_path(value);
    case Writing::kAddress:
      return put_address(value);
    case Writing::kIndex: {
      PyObject* number = PyNumber_Index(value);
      if (number == nullptr) PyErr_Clear();
      const Encoding encoding = number == nullptr ? Encoding::kAskValue : put_int(number);
      Py_XDECREF(number);
      return encoding;
    }
    case Writing::kNumber: {
      const double number = PyFloat_AsDouble(value);
      if (PyErr_Occurred() == nullptr) return put_float(number);
      PyErr_Clear();
      return Encoding::kAskValue;
    }
    case Writing::kTruth: {
      const int truth = PyObject_IsTrue(value);
      if (truth < 0) PyErr_Clear();
      if (truth < 0) return Encoding::kAskValue;
      return put_json(truth != 0 ? Py_True : Py_False);
    }
    default:
      break;
  }
  saw_container_ = true;  // what may change
  if (plan->writing == Writing::kEnum) return put_enum(value);
  if (plan->writing == Writing::kException) return put_exception(value, plan);
  if (is_bare() && lane_->format == Format::kLogfmt) return Encoding::kAskValue;
  if (plan->writing == Writing::kUnordered) return put_set(value);
  return plan->writing == Writing::kRecord ? put_record(value, plan) : put_array(value);
}

}  // namespace foundation
