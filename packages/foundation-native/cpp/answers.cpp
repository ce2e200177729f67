// Values that core writes: what has to be asked, and its answers in their places.
#include "fields.h"
#include "rare.h"

namespace foundation {

RARE Encoding Line::ask(PyObject* value, bool pair) {
  if (questions_ == nullptr || lane_->hooks_need_fields) return Encoding::kNeedsPython;
  saw_container_ = true;
  if (const Question* known = questions_->find(value, open_, pair)) return put_answer(*known);
  const Py_ssize_t room = lane_->longest_line - static_cast<Py_ssize_t>(out.size());
  if (nodes_ <= 0 || room <= 0) return Encoding::kNeedsPython;
  return questions_->note(value, open_, pair, nodes_, room) ? Encoding::kEncoded
                                                            : Encoding::kAskValue;
}

RARE Encoding Line::put_answer(const Question& question) {
  saw_container_ = true;
  nodes_ -= question.nodes_used;
  if (nodes_ < 0) return Encoding::kNeedsPython;
  const size_t start = out.size();
  const Encoding encoding = put_plain(question.answer);
  // Where core has cut, it has taken more of the budget for texts than it has given.
  questions_->add_surplus(question.room_used - static_cast<Py_ssize_t>(out.size() - start));
  return encoding;
}

// Put plain data as it is: keys have been judged, and nothing is too large.
RARE Encoding Line::put_plain(PyObject* form) {
  if (PyBytes_CheckExact(form)) {
    return out.append(PyBytes_AS_STRING(form), static_cast<size_t>(PyBytes_GET_SIZE(form)))
               ? Encoding::kEncoded
               : Encoding::kNeedsPython;
  }
  if (PyUnicode_CheckExact(form)) {
    return is_bare() ? put_logfmt_text(out, form) : put_json_text(out, form);
  }
  const bool mapping = PyDict_CheckExact(form);
  if (!mapping && !PyList_CheckExact(form)) {
    return PyLong_CheckExact(form) || PyFloat_CheckExact(form) || form == Py_None ||
                   PyBool_Check(form)
               ? put_json(form)
               : Encoding::kNeedsPython;
  }
  const Open here{form, open_, 0};
  open_ = &here;
  bool room = out.append(mapping ? '{' : '[');
  Encoding encoding = Encoding::kEncoded;
  Py_ssize_t position = 0;
  PyObject *name, *value;
  const Py_ssize_t size = mapping ? PyDict_GET_SIZE(form) : PyList_GET_SIZE(form);
  for (Py_ssize_t index = 0; index < size && room && encoding == Encoding::kEncoded; ++index) {
    if (index > 0) room = out.append(',');
    if (mapping) {
      if (PyDict_Next(form, &position, &name, &value) == 0 || !PyUnicode_CheckExact(name)) {
        encoding = Encoding::kNeedsPython;
        break;
      }
      encoding = put_json_text(out, name);
      room = room && out.append(':');
    } else {
      value = PyList_GET_ITEM(form, index);
    }
    if (encoding == Encoding::kEncoded) encoding = put_plain(value);
  }
  open_ = here.outer;
  if (!room || encoding != Encoding::kEncoded) return Encoding::kNeedsPython;
  return out.append(mapping ? '}' : ']') ? Encoding::kEncoded : Encoding::kNeedsPython;
}

}  // namespace foundation
