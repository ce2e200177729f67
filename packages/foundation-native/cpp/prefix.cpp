#include "prefix.h"

#include <cstddef>
#include <cstring>

#include "call.h"
#include "fields.h"
#include "module.h"
#include "rare.h"
#include "unknown_keys.h"

namespace foundation {
namespace {

// Make the rendering of a logger (or of a context, without a head). Null, with an error set:
// there is no memory.
RARE Rendering* make_rendering(const Lane* lane, const char* head, size_t head_size,
                               const char* tail, size_t tail_size, Rendering::Kind kind,
                               uint64_t keys, bool marking) {
  if (head_size > UINT32_MAX || tail_size > UINT32_MAX) {
    PyErr_NoMemory();
    return nullptr;
  }
  auto* rendering = PyObject_NewVar(Rendering, lane->rendering_type,
                                    static_cast<Py_ssize_t>(head_size + tail_size));
  if (rendering == nullptr) return nullptr;
  std::memcpy(rendering->bytes, head, head_size);
  std::memcpy(rendering->bytes + head_size, tail, tail_size);
  rendering->head_size = static_cast<uint32_t>(head_size);
  rendering->kind = kind;
  rendering->keys = keys;
  rendering->marking = marking;
  return rendering;
}

// Keep a rendering in a slot of a logger or context. False: an error is set.
RARE bool keep_rendering(PyObject* object, Py_ssize_t offset, PyObject* owner, Rendering* rendering,
                         Py_ssize_t size) {
  PyObject* holder = PyTuple_New(size);
  if (holder == nullptr) return false;
  PyTuple_SET_ITEM(holder, 0, Py_NewRef(owner));
  PyTuple_SET_ITEM(holder, 1, Py_NewRef(reinterpret_cast<PyObject*>(rendering)));
  for (Py_ssize_t index = 2; index < size; ++index) {
    PyTuple_SET_ITEM(holder, index, Py_NewRef(Py_None));
  }
  set_slot(object, offset, holder);
  return true;
}

// Render fields ahead, behind `lead`. Null with an error set: there is no memory.
RARE Rendering* render_ahead(Lane* lane, const char* head, size_t head_size, const char* tail,
                             size_t tail_size, PyObject* fields) {
  for (bool asked = false;; asked = true) {
    Line line(lane);
    Encoding encoding =
        line.out.append(tail, tail_size) ? line.put_fields(fields) : Encoding::kNeedsPython;
    if (encoding == Encoding::kUnknownKey) {
      UnknownKeys found(lane);
      found.collect_all(fields);
      if (!found.classify()) return nullptr;
      if (found.some_remain() || asked) break;
      continue;
    }
    if (encoding == Encoding::kEncoded && !line.saw_container()) {
      return make_rendering(lane, head, head_size, line.out.data(), line.out.size(),
                            Rendering::Kind::kReady, line.keys(), line.marking());
    }
    const auto kind =
        encoding == Encoding::kEncoded ? Rendering::Kind::kEach : Rendering::Kind::kRefused;
    return make_rendering(lane, head, head_size, tail, tail_size, kind, line.keys(),
                          line.marking());
  }
  // Keys remain unknown: the fields are looked at for each line.
  return make_rendering(lane, head, head_size, tail, tail_size, Rendering::Kind::kEach, 0, true);
}

// Return, as a new reference, what belongs to a logger's name. Null: an error is set.
RARE Rendering* render_site(Lane* lane, PyObject* site) {
  Rendering* known = rendering_in(slot_of<PyObject>(site, lane->at.ahead), lane->first);
  if (known == nullptr) known = rendering_in(slot_of<PyObject>(site, lane->at.rendered), lane);
  if (known != nullptr) {
    Py_INCREF(reinterpret_cast<PyObject*>(known));
    return known;
  }
  PyObject* parts =
      call_by_name(lane->owner, "render_site", "O", slot_of<PyObject>(site, lane->at.name));
  if (parts == nullptr) return nullptr;
  PyObject *head, *tail;
  Rendering* rendering = nullptr;
  if (PyArg_ParseTuple(parts, "SS", &head, &tail)) {
    rendering =
        make_rendering(lane, PyBytes_AS_STRING(head), static_cast<size_t>(PyBytes_GET_SIZE(head)),
                       PyBytes_AS_STRING(tail), static_cast<size_t>(PyBytes_GET_SIZE(tail)),
                       Rendering::Kind::kReady, 0, false);
  }
  Py_DECREF(parts);
  return rendering;
}

void rendering_dealloc(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  PyObject_Free(self);
  Py_DECREF(type);
}

PyType_Slot rendering_slots[] = {
    {Py_tp_doc, const_cast<char*>("Hold what a lane keeps of a logger or of a context.")},
    {Py_tp_dealloc, reinterpret_cast<void*>(rendering_dealloc)},
    {0, nullptr},
};

PyType_Spec rendering_spec = {
    "provide.foundation.native._lane.Rendering",
    static_cast<int>(offsetof(Rendering, bytes)),
    1,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    rendering_slots,
};

}  // namespace

RARE bool meet(Lane* lane, PyObject* logger) {
  PyObject* site = site_of(lane, logger);
  auto* self = reinterpret_cast<PyObject*>(lane);
  Rendering* named = render_site(lane, site);
  if (named == nullptr) return false;
  bool met;
  if (logger == site) {
    met = keep_rendering(site, lane->at.rendered, self, named, 4);
  } else {
    Rendering* rendering = render_ahead(lane, named->head(), named->head_size, named->tail(),
                                        named->tail_size(), bound_of(lane, logger));
    met = rendering != nullptr && keep_rendering(site, lane->at.ahead, lane->first, named, 4) &&
          keep_rendering(logger, lane->at.rendered, self, rendering, 4);
    Py_XDECREF(reinterpret_cast<PyObject*>(rendering));
  }
  Py_DECREF(reinterpret_cast<PyObject*>(named));
  return met;
}

RARE bool meet_context(Lane* lane, PyObject* context) {
  Rendering* rendering =
      render_ahead(lane, "", 0, "", 0, slot_of<PyObject>(context, lane->at.context_fields));
  if (rendering == nullptr) return false;
  const bool met = keep_rendering(context, lane->at.context_rendered,
                                  reinterpret_cast<PyObject*>(lane), rendering, 3);
  Py_DECREF(reinterpret_cast<PyObject*>(rendering));
  return met;
}

int add_rendering_type(PyObject* module) {
  PyObject* type = PyType_FromModuleAndSpec(module, &rendering_spec, nullptr);
  if (type == nullptr) return -1;
  state_of(module)->rendering_type = reinterpret_cast<PyTypeObject*>(type);
  return 0;
}

}  // namespace foundation
