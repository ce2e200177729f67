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

PlanTable::Slot* PlanTable::find_place(const PyTypeObject* type, uint8_t* changes) {
  Slot* set = plans_ + place(type);
  *changes = 0;
  for (int way = 0; way < kWays; ++way) {
    const Plan* plan = plan_in(set[way]);
    if (plan == nullptr || plan->type != type) continue;
    *changes = static_cast<uint8_t>(plan->changes + 1);
    return &set[way];
  }
  for (int way = 0; way < kWays; ++way) {
    const Plan* plan = plan_in(set[way]);
    if (plan == nullptr || plan->type == nullptr) return &set[way];
  }
  return &set[next_++ % kWays];
}

#if FOUNDATION_FREE_THREADED

bool PlanTable::put(Slot* slot, const Plan& plan) {
  if (count_ >= kMostMade) return true;
  auto* fresh = static_cast<Plan*>(PyMem_Calloc(1, sizeof(Plan)));
  if (fresh == nullptr) return false;
  ++count_;
  *fresh = plan;
  Py_INCREF(fresh->names);
  Py_INCREF(fresh->label);
  fresh->older = made_;
  made_ = fresh;
  *slot = fresh;
  return true;
}

#else

bool PlanTable::put(Slot* slot, const Plan& plan) {
  forget(*slot);
  *slot = plan;
  Py_INCREF(slot->names);
  Py_INCREF(slot->label);
  return true;
}

#endif

RARE bool PlanTable::learn(PyObject* owner, PyTypeObject* type) {
  ask_for_version(type);
  const unsigned int version = version_of(type);
  PyObject* found = call_by_name(owner, "describe_type", "O", reinterpret_cast<PyObject*>(type));
  if (found == nullptr) return false;
  int code, extra;
  PyObject *names, *label;
  bool known =
      PyArg_ParseTuple(found, "iO!Up", &code, &PyTuple_Type, &names, &label, &extra) != 0;
  if (known) {
    const Hold hold(mutex_);
    if (plans_ == nullptr) {
      plans_ = static_cast<Slot*>(PyMem_Calloc(kSets * kWays, sizeof(Slot)));
    }
    known = plans_ != nullptr;
    if (known) {
      uint8_t changes;
      Slot* slot = find_place(type, &changes);
      // Without a version nothing would tell that the type has changed.
      const bool sound = version != 0 && changes < kMostChanges && code >= 0 &&
                         code <= static_cast<int>(Writing::kLast);
      Plan plan{};
      plan.type = type;
      plan.names = names;
      plan.label = label;
      plan.writing = sound ? static_cast<Writing>(code) : Writing::kAsk;
      plan.version = version;
      plan.extra = extra != 0;
      plan.changes = changes;
      plan.pinned = changes >= kMostChanges;
      known = put(slot, plan);
    }
    if (!known) PyErr_NoMemory();
  }
  Py_DECREF(found);
  return known;
}

void PlanTable::clear() {
  Slot* plans = plans_;
  plans_ = nullptr;
#if FOUNDATION_FREE_THREADED
  while (made_ != nullptr) {
    Plan* plan = made_;
    made_ = plan->older;
    forget(*plan);
    PyMem_Free(plan);
  }
#else
  for (size_t index = 0; plans != nullptr && index < kSets * kWays; ++index) forget(plans[index]);
#endif
  PyMem_Free(plans);
}

}  // namespace foundation
