#include "sources.h"

#include "lane.h"

namespace foundation {

INTERNAL Outcome find_sources(const Lane* lane, const Call& call, PyObject* context, Sources* from) {
  Borrowed holder(call.logger, lane->at.rendered), context_holder;
  const Prefix* prefix = prefix_in(holder.get(), lane, lane);
  bool cold = false;
  if (prefix == nullptr) {
    prefix = prefix_in(holder.get(), lane, lane->cold);
    if (prefix == nullptr) return Outcome::kColdLogger;
    cold = true;
  }
  const Prefix* around = nullptr;
  PyObject* context_fields = nullptr;
  if (context != Py_None) {
    if (Py_TYPE(context) != lane->context_type) return Outcome::kNeedsPython;
    Borrowed found(context, lane->at.context_rendered);
    around = prefix_in(found.get(), lane, lane);
    context_holder.take(found);
    if (around == nullptr) around = reinterpret_cast<const Prefix*>(lane->each_time);
    if (around == nullptr) return Outcome::kColdContext;
    context_fields = slot_of<PyObject>(context, lane->at.context_fields);
  }
  from->prefix = prefix;
  from->cold = cold;
  from->bound = bound_of(lane, call.logger);
  from->around = around;
  from->context_fields = context_fields;
#if FOUNDATION_FREE_THREADED
  from->holder.take(holder);
  from->context_holder.take(context_holder);
#endif
  return Outcome::kGoOn;
}

INTERNAL bool share_a_key(const Call& call, PyObject* others, PyObject* fields) {
  for (Py_ssize_t index = 0; index < call.field_count(); ++index) {
    if (PyDict_Contains(fields, PyTuple_GET_ITEM(call.names, index)) != 0) return true;
  }
  Py_ssize_t position = 0;
  PyObject* name;
  while (others != nullptr && PyDict_Next(others, &position, &name, nullptr)) {
    if (PyDict_Contains(fields, name) != 0) return true;
  }
  return false;
}

}  // namespace foundation
