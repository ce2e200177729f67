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

// Make the prefix of a logger (or of a context, without a head). Null, with an error set: there is
// no memory.
RARE Prefix* make_prefix(const Lane* lane, const char* head, size_t head_size, const char* tail,
                         size_t tail_size, Prefix::Kind kind, uint64_t keys, bool affects_emoji) {
  if (head_size > UINT32_MAX || tail_size > UINT32_MAX) {
    PyErr_NoMemory();
    return nullptr;
  }
  auto* prefix =
      PyObject_NewVar(Prefix, lane->prefix_type, static_cast<Py_ssize_t>(head_size + tail_size));
  if (prefix == nullptr) return nullptr;
  std::memcpy(prefix->bytes, head, head_size);
  std::memcpy(prefix->bytes + head_size, tail, tail_size);
  prefix->head_size = static_cast<uint32_t>(head_size);
  prefix->kind = kind;
  prefix->keys = keys;
  prefix->affects_emoji = affects_emoji;
  return prefix;
}

// Keep a prefix in a slot of a logger or context. False: an error is set.
RARE bool keep_prefix(const Lane* lane, PyObject* object, Py_ssize_t offset, const void* owner,
                      Prefix* prefix, Py_ssize_t size) {
  PyObject* holder = PyTuple_New(size);
  if (holder == nullptr) return false;
  const Borrowed before(object, offset);
  PyObject* older = before.get();
  const Lane* sibling = size == 4 ? lane->sibling : nullptr;
  const void* other = sibling;
  if (sibling != nullptr && owner != lane) other = sibling->cold;
  Prefix* theirs = sibling == nullptr ? nullptr : prefix_in(older, sibling, other);
  for (Py_ssize_t index = 0; index < size; ++index) {
    PyObject* item = Py_None;
    if (index / 2 == lane->place / 2) {
      item = index % 2 == 0 ? static_cast<PyObject*>(const_cast<void*>(owner))
                            : reinterpret_cast<PyObject*>(prefix);
    } else if (theirs != nullptr) {
      item = PyTuple_GET_ITEM(older, index);
    }
    PyTuple_SET_ITEM(holder, index, Py_NewRef(item));
  }
  set_slot(object, offset, holder);
  return true;
}

// Encode fields behind `tail`. Null with an error set: there is no memory.
RARE Prefix* encode_prefix(Lane* lane, const char* head, size_t head_size, const char* tail,
                           size_t tail_size, PyObject* fields) {
  Questions questions(false);
  bool asked = false;
  for (int attempts = 0; attempts < kMostAttempts; ++attempts) {
    Line line(lane, &questions);
    Encoding encoding =
        line.out.append(tail, tail_size) ? line.put_fields(fields) : Encoding::kNeedsPython;
    if (encoding == Encoding::kUnknownKey) {
      UnknownKeys found(lane);
      found.collect_all(fields);
      if (!found.classify()) return nullptr;
      if (found.some_remain() || asked) break;
      asked = true;
      continue;
    }
    if (encoding == Encoding::kEncoded && questions.incomplete()) {
      bool refused = false;
      if (!questions.ask(lane, &refused)) return nullptr;
      asked = false;  // what was not understood before may have keys
      continue;
    }
    if (encoding == Encoding::kAskValue) break;
    if (encoding == Encoding::kEncoded && !line.saw_container()) {
      return make_prefix(lane, head, head_size, line.out.data(), line.out.size(),
                         Prefix::Kind::kEncoded, line.keys(), line.affects_emoji());
    }
    const auto kind =
        encoding == Encoding::kEncoded ? Prefix::Kind::kEncodeEachTime : Prefix::Kind::kNeedsPython;
    return make_prefix(lane, head, head_size, tail, tail_size, kind, line.keys(),
                       line.affects_emoji());
  }
  // Keys remain unknown, or core has to be asked about a value: the fields are looked at for each
  // line.
  return make_prefix(lane, head, head_size, tail, tail_size, Prefix::Kind::kEncodeEachTime, 0,
                     true);
}

// Return, as a new reference, what belongs to a logger's name. Null: an error is set.
RARE Prefix* encode_name(Lane* lane, PyObject* site) {
  const Borrowed ahead(site, lane->at.ahead), rendered(site, lane->at.rendered);
  Prefix* known = prefix_in(ahead.get(), lane, lane->cold);
  if (known == nullptr) known = prefix_in(rendered.get(), lane, lane);
  if (known != nullptr) {
    Py_INCREF(reinterpret_cast<PyObject*>(known));
    return known;
  }
  PyObject* parts =
      call_by_name(lane->owner, "encode_name", "O", slot_of<PyObject>(site, lane->at.name));
  if (parts == nullptr) return nullptr;
  PyObject *head, *tail;
  Prefix* prefix = nullptr;
  if (PyArg_ParseTuple(parts, "SS", &head, &tail)) {
    prefix = make_prefix(lane, PyBytes_AS_STRING(head), static_cast<size_t>(PyBytes_GET_SIZE(head)),
                         PyBytes_AS_STRING(tail), static_cast<size_t>(PyBytes_GET_SIZE(tail)),
                         Prefix::Kind::kEncoded, 0, false);
  }
  Py_DECREF(parts);
  return prefix;
}

void prefix_dealloc(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  PyObject_Free(self);
  Py_DECREF(type);
}

PyType_Slot prefix_slots[] = {
    {Py_tp_doc, const_cast<char*>("Hold what a lane keeps of a logger or of a context.")},
    {Py_tp_dealloc, reinterpret_cast<void*>(prefix_dealloc)},
    {0, nullptr},
};

PyType_Spec prefix_spec = {
    "provide.foundation.native._lane.Prefix",
    static_cast<int>(offsetof(Prefix, bytes)),
    1,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    prefix_slots,
};

}  // namespace

RARE bool warm_up(Lane* lane, PyObject* logger) {
  PyObject* site = site_of(lane, logger);
  Prefix* named = encode_name(lane, site);
  if (named == nullptr) return false;
  bool kept;
  if (logger == site) {
    kept = keep_prefix(lane, site, lane->at.rendered, lane, named, 4);
  } else {
    Prefix* prefix = encode_prefix(lane, named->head(), named->head_size, named->tail(),
                                   named->tail_size(), bound_of(lane, logger));
    kept = prefix != nullptr && keep_prefix(lane, site, lane->at.ahead, lane->cold, named, 4) &&
           keep_prefix(lane, logger, lane->at.rendered, lane, prefix, 4);
    Py_XDECREF(reinterpret_cast<PyObject*>(prefix));
  }
  Py_DECREF(reinterpret_cast<PyObject*>(named));
  return kept;
}

RARE bool warm_up_context(Lane* lane, PyObject* context) {
  Prefix* prefix =
      encode_prefix(lane, "", 0, "", 0, slot_of<PyObject>(context, lane->at.context_fields));
  if (prefix == nullptr) return false;
  const bool kept =
      keep_prefix(lane, context, lane->at.context_rendered, lane, prefix, 3);
  Py_DECREF(reinterpret_cast<PyObject*>(prefix));
  return kept;
}

PyObject* make_each_time(const Lane* lane) {
  return reinterpret_cast<PyObject*>(
      make_prefix(lane, "", 0, "", 0, Prefix::Kind::kEncodeEachTime, 0, false));
}

int add_prefix_type(PyObject* module) {
  PyObject* type = PyType_FromModuleAndSpec(module, &prefix_spec, nullptr);
  if (type == nullptr) return -1;
  state_of(module)->prefix_type = reinterpret_cast<PyTypeObject*>(type);
  return 0;
}

}  // namespace foundation
