#include "sampling.h"

#include <cstddef>

#include "call.h"
#include "layouts.h"
#include "module.h"
#include "rare.h"

namespace foundation {
namespace {

void free_place(Place* place) {
  if (place == nullptr) return;
  Py_XDECREF(place->object);
  Py_XDECREF(place->events);
  Py_XDECREF(place->dropped);
  Py_XDECREF(place->others);
  for (size_t index = 0; index < Place::kRecent; ++index) {
    Py_XDECREF(place->events_met[index]);
    Py_XDECREF(place->counters[index]);
  }
  Py_XDECREF(place->bucket);
  Py_XDECREF(place->shared);
  PyMem_Free(place);
}

// Read an integer of core's. False: an error is set.
bool read_number(PyObject* object, const char* name, int64_t* number) {
  PyObject* found = attribute_of(object, name);
  const long long value = found == nullptr ? -1 : PyLong_AsLongLong(found);
  Py_XDECREF(found);
  *number = value;
  return value != -1 || PyErr_Occurred() == nullptr;
}

// Take core's object apart. False: an error is set.
bool fill_place(Place* place, PyObject* object, PyTypeObject* numbers_type,
                PyTypeObject* counter_type) {
  place->object = Py_NewRef(object);
  place->events = attribute_of(object, "events");
  place->dropped = attribute_of(object, "dropped");
  place->others = attribute_of(object, "others");
  PyObject* bucket = attribute_of(object, "bucket");
  place->bucket = reinterpret_cast<Numbers*>(bucket);
  if (place->events == nullptr || place->dropped == nullptr || place->others == nullptr ||
      bucket == nullptr || !read_number(object, "first", &place->first) ||
      !read_number(object, "thereafter", &place->thereafter) ||
      !read_number(object, "window", &place->window) ||
      !read_number(object, "interval", &place->interval)) {
    return false;
  }
  bool known = PyDict_CheckExact(place->events) && Py_IS_TYPE(place->dropped, counter_type) &&
               PyList_CheckExact(place->others) && PyObject_TypeCheck(bucket, numbers_type);
  for (Py_ssize_t index = 0; known && index < PyList_GET_SIZE(place->others); ++index) {
    known = Py_IS_TYPE(PyList_GET_ITEM(place->others, index), counter_type);
  }
  if (!known) PyErr_SetString(PyExc_TypeError, "a place is made of other objects");
  if (known && PyList_GET_SIZE(place->others) == 0) Py_CLEAR(place->others);
  return known;
}

}  // namespace

RARE Place* PlaceTable::add(PyObject* site, PyObject* object, PyTypeObject* numbers_type,
                            PyTypeObject* counter_type) {
  auto* place = static_cast<Place*>(PyMem_Calloc(1, sizeof(Place)));
  if (place == nullptr || ((slots_ == nullptr || 2 * used_ > mask_) && !grow())) {
    free_place(place);
    PyErr_NoMemory();
    return nullptr;
  }
  if (object != Py_None && !fill_place(place, object, numbers_type, counter_type)) {
    free_place(place);
    return nullptr;
  }
  size_t index = index_of(site);
  while (slots_[index & mask_].site != nullptr) ++index;
  slots_[index & mask_] = Slot{Py_NewRef(site), place};
  ++used_;
  return place;
}

bool PlaceTable::grow() {
  const size_t count = slots_ == nullptr ? 0 : mask_ + 1;
  const size_t size = count == 0 ? 16 : 2 * count;
  auto* fresh = static_cast<Slot*>(PyMem_Calloc(size, sizeof(Slot)));
  if (fresh == nullptr) return false;
  for (size_t each = 0; each < count; ++each) {
    if (slots_[each].site == nullptr) continue;
    size_t index = index_of(slots_[each].site);
    while (fresh[index & (size - 1)].site != nullptr) ++index;
    fresh[index & (size - 1)] = slots_[each];
  }
  PyMem_Free(slots_);
  slots_ = fresh;
  mask_ = size - 1;
  return true;
}

void PlaceTable::clear() {
  Slot* slots = slots_;
  const size_t count = slots == nullptr ? 0 : mask_ + 1;
  slots_ = nullptr;
  mask_ = used_ = 0;
  for (size_t each = 0; each < count; ++each) {
    Py_XDECREF(slots[each].site);
    free_place(slots[each].place);
  }
  PyMem_Free(slots);
}

int PlaceTable::traverse(visitproc visit, void* arg) const {
  for (size_t each = 0; slots_ != nullptr && each <= mask_; ++each) {
    if (slots_[each].site == nullptr) continue;
    const Place& place = *slots_[each].place;
    Py_VISIT(slots_[each].site);
    Py_VISIT(place.object);
    Py_VISIT(place.events);
    Py_VISIT(place.dropped);
    Py_VISIT(place.others);
    for (PyObject* event : place.events_met) Py_VISIT(event);
    for (Numbers* counter : place.counters) Py_VISIT(counter);
    Py_VISIT(place.bucket);
    Py_VISIT(place.shared);
  }
  return 0;
}

namespace {

PyMemberDef numbers_members[] = {
    {"end", kLongMember, offsetof(Numbers, end), 0, nullptr},
    {"seen", kLongMember, offsetof(Numbers, seen), 0, nullptr},
    {"left_out", kLongMember, offsetof(Numbers, left_out), 0, nullptr},
    {"due", kLongMember, offsetof(Numbers, due), 0, nullptr},
    {"full", kLongMember, offsetof(Numbers, full), 0, nullptr},
    {nullptr, 0, 0, 0, nullptr},
};

PyType_Slot numbers_slots[] = {
    {Py_tp_doc, const_cast<char*>("Hold numbers that the compiled half counts with.")},
    {Py_tp_members, numbers_members},
    {0, nullptr},
};

PyType_Spec numbers_spec = {
    "provide.foundation.native._lane.Numbers", sizeof(Numbers), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,  numbers_slots,
};

}  // namespace

int add_numbers_type(PyObject* module) {
  PyObject* type = PyType_FromModuleAndSpec(module, &numbers_spec, nullptr);
  if (type == nullptr) return -1;
  state_of(module)->numbers_type = reinterpret_cast<PyTypeObject*>(type);
  return PyModule_AddType(module, state_of(module)->numbers_type);
}

}  // namespace foundation
