#include "lazy.h"

namespace foundation {

RARE bool has_lazy_values(const Lane* lane, const Call& call) {
  for (Py_ssize_t index = 0; index < call.field_count(); ++index) {
    const Plan* plan = lane->plans.find(Py_TYPE(call.values[index]));
    if (plan != nullptr && plan->writing == Writing::kLazy) return true;
  }
  return false;
}

RARE bool Computed::make(Lane* lane, Call* call, PyObject* context) {
  PyObject* given = PyTuple_New(call->field_count());
  if (given == nullptr) return false;
  for (Py_ssize_t index = 0; index < call->field_count(); ++index) {
    PyTuple_SET_ITEM(given, index, Py_NewRef(call->values[index]));
  }
  PyObject* around =
      context == Py_None ? Py_None : slot_of<PyObject>(context, lane->at.context_fields);
  PyObject* found = call_by_name(lane->owner, "compute", "OOOO", call->names, given,
                                 bound_of(lane, call->logger), around);
  Py_DECREF(given);
  if (found == nullptr) return false;
  if (found == Py_None) {
    Py_DECREF(found);
    return true;
  }
  values_ = found;
  if (!PyTuple_CheckExact(found) || PyTuple_GET_SIZE(found) != call->field_count()) {
    PyErr_SetString(PyExc_TypeError, "core has computed other values");
    return false;
  }
  call->values = &PyTuple_GET_ITEM(found, 0);
  return true;
}

}  // namespace foundation
