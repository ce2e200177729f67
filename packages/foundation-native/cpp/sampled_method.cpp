// `SampledMethod`, as a type of Python objects, and its call.
#include "sampled_method.h"

#include <cstddef>
#include <new>

#include "configure.h"
#include "layouts.h"
#include "logger.h"
#include "method.h"
#include "module.h"

namespace foundation {
namespace {

SampledMethod* sampled_of(PyObject* self) { return reinterpret_cast<SampledMethod*>(self); }

// log.info(event, *args, **fields)
PyObject* call_sampled(PyObject* self, PyObject* const* arguments, size_t flags, PyObject* names) {
  SampledMethod* sampled = sampled_of(self);
  const Lane* lane = sampled->lane;
  if (PyVectorcall_NARGS(flags) >= 2 && lane->state != Lane::State::kSuperseded) {
    PyObject* logger = arguments[0];
    const PyTypeObject* type = Py_TYPE(logger);
    const bool is_logger = type == lane->named_type || type == lane->logger_type ||
                           PyObject_TypeCheck(logger, lane->logger_type);
    // The lane knows what to do with an odd one.
    if (is_logger && is_made(lane, logger)) {
      PyObject* site = site_of(lane, logger);
      if (is_above(slot_of<PyObject>(site, lane->at.threshold), sampled->level)) Py_RETURN_NONE;
      const Verdict verdict = decide(sampled, logger, site, arguments[1]);
      if (verdict == Verdict::kLeaveOut) Py_RETURN_NONE;
      if (verdict == Verdict::kRaised) return nullptr;
    }
  }
  return sampled->pass(sampled->method, arguments, flags, names);
}

PyObject* sampled_new(PyTypeObject* type, PyObject* arguments, PyObject* keywords) {
  PyObject *sampling, *unsaid, *lane, *method;
  int level;
  const char* names[] = {"sampling", "unsaid", "lane", "method", "level", nullptr};
  auto* state = static_cast<ModuleState*>(PyType_GetModuleState(type));
  if (state == nullptr ||
      !PyArg_ParseTupleAndKeywords(arguments, keywords, "OOO!Oi", const_cast<char**>(names),
                                   &sampling, &unsaid, state->lane_type, &lane, &method, &level)) {
    return nullptr;
  }
  Py_ssize_t due_at = 0;
  auto* kind = reinterpret_cast<PyObject*>(Py_TYPE(unsaid));
  if (!find_slot(kind, "due", &due_at)) return nullptr;
  PyObject* self = type->tp_alloc(type, 0);
  if (self == nullptr) return nullptr;
  SampledMethod* sampled = sampled_of(self);
  new (&sampled->places) PlaceTable();
  sampled->vectorcall = call_sampled;
  sampled->sampling = Py_NewRef(sampling);
  sampled->unsaid = Py_NewRef(unsaid);
  sampled->lane = lane_of(Py_NewRef(lane));
  sampled->method = Py_NewRef(method);
  const bool ours = Py_IS_TYPE(method, state->method_type);
  sampled->pass = ours ? reinterpret_cast<Method*>(method)->vectorcall : PyObject_Vectorcall;
  sampled->numbers_type =
      reinterpret_cast<PyTypeObject*>(Py_NewRef(reinterpret_cast<PyObject*>(state->numbers_type)));
  sampled->due_at = due_at;
  sampled->level = level;
  return self;
}

PyObject* sampled_get(PyObject* self, PyObject* instance, PyObject*) {
  return instance == nullptr ? Py_NewRef(self) : PyMethod_New(self, instance);
}

// forget(): meet all loggers anew.
PyObject* sampled_forget(PyObject* self, PyObject*) {
  sampled_of(self)->places.clear();
  Py_RETURN_NONE;
}

int sampled_traverse(PyObject* self, visitproc visit, void* arg) {
  const SampledMethod* sampled = sampled_of(self);
  Py_VISIT(Py_TYPE(self));
  Py_VISIT(sampled->attributes);
  Py_VISIT(sampled->sampling);
  Py_VISIT(sampled->unsaid);
  Py_VISIT(sampled->method);
  Py_VISIT(sampled->lane);
  Py_VISIT(sampled->numbers_type);
  return sampled->places.traverse(visit, arg);
}

void sampled_dealloc(PyObject* self) {
  PyObject_GC_UnTrack(self);
  SampledMethod* sampled = sampled_of(self);
  sampled->places.~PlaceTable();
  Py_CLEAR(sampled->attributes);
  Py_CLEAR(sampled->sampling);
  Py_CLEAR(sampled->unsaid);
  Py_CLEAR(sampled->seen_due);
  Py_CLEAR(sampled->method);
  Py_CLEAR(sampled->lane);
  Py_CLEAR(sampled->numbers_type);
  PyTypeObject* type = Py_TYPE(self);
  type->tp_free(self);
  Py_DECREF(type);
}

PyMethodDef sampled_methods[] = {
    {"forget", sampled_forget, METH_NOARGS, PyDoc_STR("Meet all loggers anew.")},
    {nullptr, nullptr, 0, nullptr},
};

PyMemberDef sampled_members[] = {
    {"__vectorcalloffset__", kSizeMember, offsetof(SampledMethod, vectorcall), kReadOnly, nullptr},
    {"__dictoffset__", kSizeMember, offsetof(SampledMethod, attributes), kReadOnly, nullptr},
    {nullptr, 0, 0, 0, nullptr},
};

PyGetSetDef sampled_attributes[] = {
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, nullptr, nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyType_Slot sampled_slots[] = {
    {Py_tp_doc, const_cast<char*>("Be a level method that leaves some of the calls out.")},
    {Py_tp_new, reinterpret_cast<void*>(sampled_new)},
    {Py_tp_call, reinterpret_cast<void*>(PyVectorcall_Call)},
    {Py_tp_descr_get, reinterpret_cast<void*>(sampled_get)},
    {Py_tp_traverse, reinterpret_cast<void*>(sampled_traverse)},
    {Py_tp_dealloc, reinterpret_cast<void*>(sampled_dealloc)},
    {Py_tp_methods, sampled_methods},
    {Py_tp_members, sampled_members},
    {Py_tp_getset, sampled_attributes},
    {0, nullptr},
};

PyType_Spec sampled_spec = {
    "provide.foundation.native._lane.SampledMethod",
    sizeof(SampledMethod),
    0,
    // As `LevelMethod` has them.
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL |
        Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_METHOD_DESCRIPTOR,
    sampled_slots,
};

}  // namespace

int add_sampled_method_type(PyObject* module) {
  PyObject* type = PyType_FromModuleAndSpec(module, &sampled_spec, nullptr);
  if (type == nullptr) return -1;
  const int added = PyModule_AddType(module, reinterpret_cast<PyTypeObject*>(type));
  Py_DECREF(type);
  return added;
}

}  // namespace foundation
