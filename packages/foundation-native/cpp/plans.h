// How the values of each type are written, as `_record/plans.py` says, kept for the types that come.
//
// A plan holds while the type is the same: the interpreter gives each type a version tag, drops it
// when the type or one of its bases changes, and gives no tag twice. So the table neither holds a
// type nor looks at one that is gone.
#pragma once

#include <Python.h>

#include <cstdint>

#include "threads.h"

namespace foundation {

// The codes of `_record/plans.py`.
enum class Writing : uint8_t {
  kAsk,  // core has the rule for it
  kText,
  kInt,
  kFloat,
  kOctets,
  kDict,
  kList,
  kTuple,
  kNamedTuple,
  kUnique,
  kDecimal,
  kEnum,
  kMoment,
  kDate,
  kTime,
  kDuration,
  kRecord,
  kException,
  kIndex,
  kNumber,
  kTruth,
  kArray,
  kZone,
  kSpelt,
  kUnordered,
  kPath,
  kAddress,
  kLogged,  // core has the rule for it, too
  kLazy,    // core computes it before the line is made
  kLast = kLazy
};

struct Plan {
  const PyTypeObject* type;  // borrowed, and only compared
  PyObject* names;           // owned: a tuple of interned strings
  PyObject* label;           // owned: a string
  unsigned int version;      // of the type; 0: it has none, and the plan is kAsk
  Writing writing;
  bool extra;       // an object may have more fields than its class says
  bool pinned;      // the type has changed too often to follow it: kAsk, whatever its version
  uint8_t changes;  // how often the type has been another
  Plan* older;      // kept for those who may still look at it; in a table for threads at once
};

// A bounded table: of so many types, each in one of four slots. With a GIL a plan is made anew in its
// place. Without one a slot leads to a plan that nobody changes any more, and older ones are kept, so
// only so many are made: from then on core is asked about types that are not in the table.
class PlanTable {
 public:
  PlanTable() = default;
  ~PlanTable() { clear(); }
  PlanTable(const PlanTable&) = delete;
  PlanTable& operator=(const PlanTable&) = delete;

  // Return the plan of a type, or null: core has to be asked.
  const Plan* find(const PyTypeObject* type) const {
    if (plans_ == nullptr) return nullptr;
    const Slot* set = plans_ + place(type);
    for (int way = 0; way < kWays; ++way) {
      const Plan* plan = plan_in(set[way]);
      if (plan == nullptr || plan->type != type) continue;
      return plan->version == version_of(type) || plan->pinned ? plan : nullptr;
    }
    return nullptr;
  }

  // Ask core about a type, and remember the answer. False: an error is set.
  bool learn(PyObject* owner, PyTypeObject* type);

  void clear();

 private:
  static constexpr size_t kSets = 64;
  static constexpr int kWays = 4;
  static constexpr uint8_t kMostChanges = 16;

  static size_t place(const PyTypeObject* type) {
    const auto address = reinterpret_cast<uintptr_t>(type);
    return ((address >> 4 ^ address >> 10) % kSets) * kWays;
  }
  // Return the version of a type, or 0.
  static unsigned int version_of(const PyTypeObject* type) {
#if PY_VERSION_HEX < 0x030C0000
    if ((type->tp_flags & Py_TPFLAGS_VALID_VERSION_TAG) == 0) return 0;
#endif
    return type->tp_version_tag;
  }

#if FOUNDATION_FREE_THREADED
  using Slot = Shared<Plan*>;
  static const Plan* plan_in(const Slot& slot) { return slot; }
#else
  using Slot = Plan;
  static const Plan* plan_in(const Slot& slot) { return &slot; }
#endif
  static constexpr int kMostMade = 4096;  // plans, where older ones are kept

  // Return the slot for a type.
  Slot* find_place(const PyTypeObject* type, uint8_t* changes);
  // Put a plan there, which takes the place of another. False: there is no memory.
  bool put(Slot* slot, const Plan& plan);

  Shared<Slot*> plans_{nullptr};
  unsigned int next_ = 0;  // which of the four is overwritten next
#if FOUNDATION_FREE_THREADED
  Plan* made_ = nullptr;  // all of them: older ones are kept
  int count_ = 0;
#endif
  Mutex mutex_;
};

}  // namespace foundation
