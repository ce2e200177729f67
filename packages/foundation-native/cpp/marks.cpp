#include "marks.h"

namespace foundation {
namespace {

// Texts of more characters are not kept: texts of any length would be no bound at all.
constexpr Py_ssize_t kLongestText = 64;
constexpr Py_ssize_t kLongestAnswer = 1024;  // bytes

bool is_plain_part(PyObject* part) {
  if (PyUnicode_CheckExact(part)) return PyUnicode_GET_LENGTH(part) <= kLongestText;
  if (PyLong_CheckExact(part)) {
    int beyond = 0;
    return PyLong_AsLongLongAndOverflow(part, &beyond) != -1 || beyond == 0;
  }
  return PyBool_Check(part) || part == Py_None;
}

// Equal in type and value: 1, 1.0 and True are three.
bool is_same(PyObject* left, PyObject* right) {
  if (left == right) return true;
  if (Py_TYPE(left) != Py_TYPE(right)) return false;
  if (!PyUnicode_CheckExact(left) && !PyLong_CheckExact(left)) return false;
  return PyObject_RichCompareBool(left, right, Py_EQ) == 1;
}

}  // namespace

bool Question::weigh(uint64_t* hash) const {
  if (size_ > kMost) return false;
  uint64_t sum = 0;
  for (int index = 0; index < size_; ++index) {
    PyObject* part = parts_[index];
    uint64_t own;
    if (index == names_at_) {  // a shape's names: it is one by its address
      own = reinterpret_cast<uintptr_t>(part) >> 4;
    } else if (is_plain_part(part)) {
      own = static_cast<uint64_t>(PyObject_Hash(part));
    } else {
      return false;
    }
    sum = (sum << 7 | sum >> 57) ^ own;
  }
  *hash = sum;
  return true;
}

void Shape::remember(PyObject* name, PyObject* text, PyObject* const* given, PyObject* found) {
  const Shape old = *this;
  logger_name = Py_NewRef(name);
  event = Py_NewRef(text);
  for (int index = 0; index < size; ++index) values[index] = Py_NewRef(given[places[index]]);
  answer = Py_NewRef(found);
  Shape stale = old;
  stale.forget();
}

void Shape::forget() {
  if (answer == nullptr) return;
  Py_CLEAR(answer);
  Py_CLEAR(logger_name);
  Py_CLEAR(event);
  for (int index = 0; index < size; ++index) Py_CLEAR(values[index]);
}

void ShapeTable::keep(PyObject* names, const Shape& shape) {
  if (PyTuple_GET_SIZE(names) > kMostNames) return;
  if (slots_ == nullptr) {
    slots_ = static_cast<Shape*>(PyMem_Calloc(kSlots, sizeof(Shape)));
    if (slots_ == nullptr) return;
  }
  Shape& slot = slots_[place(names)];
  Shape old = slot;
  slot = shape;
  slot.names = Py_NewRef(names);
  old.forget();
  Py_XDECREF(old.names);
}

void ShapeTable::clear() {
  Shape* slots = slots_;
  slots_ = nullptr;
  if (slots == nullptr) return;
  for (size_t index = 0; index < kSlots; ++index) {
    slots[index].forget();
    Py_XDECREF(slots[index].names);
  }
  PyMem_Free(slots);
}

PyObject* MarkTable::find(const Question& question) const {
  uint64_t hash;
  if (slots_ == nullptr || !question.weigh(&hash)) return nullptr;
  const Slot& slot = slots_[place(hash)];
  if (slot.size != question.size_ || slot.hash != hash) return nullptr;
  for (int index = 0; index < slot.size; ++index) {
    if (!is_same(slot.parts[index], question.parts_[index])) return nullptr;
  }
  return slot.answer;
}

void MarkTable::keep(const Question& question, PyObject* answer) {
  uint64_t hash;
  if (!question.weigh(&hash) || PyBytes_GET_SIZE(answer) > kLongestAnswer) return;
  if (slots_ == nullptr) {
    slots_ = static_cast<Slot*>(PyMem_Calloc(kSlots, sizeof(Slot)));
    if (slots_ == nullptr) return;
  }
  Slot& slot = slots_[place(hash)];
  const Slot old = slot;
  for (int index = 0; index < question.size_; ++index) {
    slot.parts[index] = Py_NewRef(question.parts_[index]);
  }
  slot.answer = Py_NewRef(answer);
  slot.hash = hash;
  slot.size = question.size_;
  if (old.answer != nullptr) release(old);
}

void MarkTable::clear() {
  ++age_;
  Slot* slots = slots_;
  slots_ = nullptr;
  if (slots == nullptr) return;
  for (size_t index = 0; index < kSlots; ++index) {
    if (slots[index].answer != nullptr) release(slots[index]);
  }
  PyMem_Free(slots);
}

void MarkTable::release(const Slot& slot) {
  for (int index = 0; index < slot.size; ++index) Py_DECREF(slot.parts[index]);
  Py_DECREF(slot.answer);
}

}  // namespace foundation
