#include "plans.h"

#include "call.h"
#include "rare.h"

namespace foundation {
namespace {

void forget(Plan& plan) {
  PyObject* names = plan.names;
  PyObject* label = plan.label;
  plan = Plan{};
  Py_XDECREF(names);
  Py_XDECREF(label);
}

// Have the interpreter give a type a version, if it has none.
void ask_for_version(PyTypeObject* type) {
#if PY_VERSION_HEX >= 0x030C0000
  (void)PyUnstable_Type_AssignVersionTag(type);
#else
  PyObject* name = PyUnicode_InternFromString("__doc__");
  if (name == nullptr) {
    PyErr_Clear();
    return;
  }
  (void)_PyType_Lookup(type, name);  // each look-up does
  Py_DECREF(name);
#endif
}

}  // namespace

Plan* PlanTable::make_place(const PyTypeObject* type, uint8_t* changes) {
  Plan* set = plans_ + place(type);
  Plan* chosen = nullptr;
  for (int way = 0; way < kWays && chosen == nullptr; ++way) {
    if (set[way].type == type) chosen = &set[way];
  }
  *changes = chosen == nullptr ? 0 : static_cast<uint8_t>(chosen->changes + 1);
  for (int way = 0; way < kWays && chosen == nullptr; ++way) {
    if (set[way].type == nullptr) chosen = &set[way];
  }
  if (chosen == nullptr) chosen = &set[next_++ % kWays];
  forget(*chosen);
  return chosen;
}

RARE bool PlanTable::learn(PyObject* owner, PyTypeObject* type) {
  ask_for_version(type);
  const unsigned int version = version_of(type);
  PyObject* found = call_by_name(owner, "describe_type", "O", reinterpret_cast<PyObject*>(type));
  if (found == nullptr) return false;
  int code, extra;
  PyObject *names, *label;
  bool known =
      PyArg_ParseTuple(found, "iO!Up", &code, &PyTuple_Type, &names, &label, &extra) != 0;
  if (known && plans_ == nullptr) {
    plans_ = static_cast<Plan*>(PyMem_Calloc(kSets * kWays, sizeof(Plan)));
    if (plans_ == nullptr) PyErr_NoMemory();
    known = plans_ != nullptr;
  }
  if (known) {
    uint8_t changes;
    Plan* plan = make_place(type, &changes);
    plan->type = type;
    plan->names = Py_NewRef(names);
    plan->label = Py_NewRef(label);
    // Without a version nothing would tell that the type has changed.
    const bool sound = version != 0 && changes < kMostChanges && code >= 0 &&
                       code <= static_cast<int>(Writing::kLast);
    plan->writing = sound ? static_cast<Writing>(code) : Writing::kAsk;
    plan->version = version;
    plan->extra = extra != 0;
    plan->changes = changes;
    plan->pinned = changes >= kMostChanges;
  }
  Py_DECREF(found);
  return known;
}

void PlanTable::clear() {
  Plan* plans = plans_;
  plans_ = nullptr;
  if (plans == nullptr) return;
  for (size_t index = 0; index < kSets * kWays; ++index) forget(plans[index]);
  PyMem_Free(plans);
}

}  // namespace foundation
