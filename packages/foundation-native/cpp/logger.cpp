#include "logger.h"

#include <cstddef>

#include "call.h"
#include "layouts.h"
#include "rare.h"
#include "threads.h"

namespace foundation {
namespace {

// As core's slotted classes lie in memory; `knows_layout` compares. These methods have no state in
// which they could keep what they find.
struct LoggerLayout {
  PyObject_HEAD
  PyObject* bound;
  PyObject* rendered;
  PyObject* site;
};

struct NamedLayout {
  LoggerLayout logger;
  PyObject* ahead;
  PyObject* name;
  PyObject* threshold;
};

constexpr Py_ssize_t kLevels = 6;
constexpr long kNumbers[kLevels] = {5, 10, 20, 30, 40, 50};

// Say whether a logger writes nothing at a level, as far as that takes no call: `PyLong_AsLong`
// alone takes a fifth of a call below the level. False: it takes a closer look, as it does where
// the site is not of the class next to the logger's own, and may be anything.
inline bool is_plainly_above(PyObject* logger, long level) {
  PyObject* site = reinterpret_cast<LoggerLayout*>(logger)->site;
  if (site != logger && (site == nullptr || Py_TYPE(site)->tp_base != Py_TYPE(logger))) {
    return false;
  }
  PyObject* threshold = reinterpret_cast<NamedLayout*>(site)->threshold;
  if (threshold == nullptr) return false;
  return is_above(threshold, level);
}

// Say that a logger came from `__new__` alone.
PyObject* say_unmade() {
  PyErr_SetString(PyExc_AttributeError, "this logger was never initialised");
  return nullptr;
}

template <Py_ssize_t index>
PyObject* call_level_gate(PyObject* self, PyObject* const* arguments, Py_ssize_t count,
                          PyObject* names);

template <Py_ssize_t index>
PyMethodDef level_gate(const char* name, const char* text) {
  return {name, reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(call_level_gate<index>)),
          METH_FASTCALL | METH_KEYWORDS, text};
}
PyMethodDef level_gates[kLevels] = {
    level_gate<0>("trace",
                  "trace($self, event, /, *args, exc_info=None, "
                  "stack_info=False, stacklevel=1, **fields)\n--\n\n"
                  "Write a line at TRACE (5)."),
    level_gate<1>("debug",
                  "debug($self, event, /, *args, exc_info=None, "
                  "stack_info=False, stacklevel=1, **fields)\n--\n\n"
                  "Write a line at DEBUG (10)."),
    level_gate<2>("info",
                  "info($self, event, /, *args, exc_info=None, "
                  "stack_info=False, stacklevel=1, **fields)\n--\n\n"
                  "Write a line at INFO (20)."),
    level_gate<3>("warning",
                  "warning($self, event, /, *args, exc_info=None, "
                  "stack_info=False, stacklevel=1, **fields)\n--\n\n"
                  "Write a line at WARNING (30)."),
    level_gate<4>("error",
                  "error($self, event, /, *args, exc_info=None, "
                  "stack_info=False, stacklevel=1, **fields)\n--\n\n"
                  "Write a line at ERROR (40)."),
    level_gate<5>("critical",
                  "critical($self, event, /, *args, exc_info=None, "
                  "stack_info=False, stacklevel=1, **fields)\n--\n\n"
                  "Write a line at CRITICAL (50)."),
};

// Return an attribute of `levels`. Null: an error is set.
PyObject* attribute_of_levels(const char* name) {
  PyObject* levels = PyImport_ImportModule("provide.foundation.levels");
  PyObject* found = levels == nullptr ? nullptr : attribute_of(levels, name);
  Py_XDECREF(levels);
  return found;
}

// Return the threshold of a logger of any class, which may be one that nothing has initialised. -1:
// an error is set.
long threshold_of(PyObject* logger) {
  const PyTypeObject* root = Py_TYPE(logger);
  while (root->tp_base != nullptr && root->tp_base != &PyBaseObject_Type) root = root->tp_base;
  PyObject* site = reinterpret_cast<LoggerLayout*>(logger)->site;
  const PyTypeObject* type = site == nullptr ? nullptr : Py_TYPE(site);
  while (type != nullptr && type->tp_base != root) type = type->tp_base;
  if (type != nullptr) {
    PyObject* known = reinterpret_cast<NamedLayout*>(site)->threshold;
    if (known != nullptr) return PyLong_AsLong(known);
  }
  PyObject* adopt = attribute_of_levels("adopt");
  PyObject* answer = adopt == nullptr ? nullptr : PyObject_CallOneArg(adopt, logger);
  Py_XDECREF(adopt);
  const long threshold = answer == nullptr ? -1 : PyLong_AsLong(answer);
  Py_XDECREF(answer);
  return threshold;
}

// Write by the method that is there now. Null: an error is set.
PyObject* call_current_method(Py_ssize_t index, const Call& call) {
  PyObject* methods = attribute_of_levels("METHODS");
  PyObject* number = methods == nullptr ? nullptr : PyLong_FromLong(kNumbers[index]);
  PyObject* method = number == nullptr ? nullptr : PyObject_GetItem(methods, number);
  Py_XDECREF(number);
  Py_XDECREF(methods);
  if (method == nullptr) return nullptr;
  const bool same = Py_IS_TYPE(method, &PyMethodDescr_Type) &&
                    definition_in_method(method) == &level_gates[index];
  // While levels change it may be this one still.
  PyObject* result = same ? Py_NewRef(Py_None) : call_with_logger(method, call);
  Py_DECREF(method);
  return result;
}

// A call that is not like all others; or somebody has kept the method, and the level has been
// switched on since: go on with the method that is there now, as core's table says. The logger's
// own attribute may be this method, put back by whoever has kept it.
RARE PyObject* call_rare(PyObject* self, Py_ssize_t index, PyObject* const* arguments,
                         Py_ssize_t count, PyObject* names) {
  if (count < 1) {
    return PyErr_Format(PyExc_TypeError, "%s() takes an event", level_gates[index].ml_name);
  }
  const long threshold = threshold_of(self);
  if (threshold > kNumbers[index]) Py_RETURN_NONE;
  PyObject* result = nullptr;
  if (threshold != -1 || PyErr_Occurred() == nullptr) {
    result = call_current_method(
        index, Call{self, arguments[0], arguments + 1, count - 1, names, arguments + count});
  }
  // A logger that says nothing of its level, or no memory: a log call raises nothing.
  if (result == nullptr && forget_exception()) Py_RETURN_NONE;
  return result;
}

template <Py_ssize_t index>
PyObject* call_level_gate(PyObject* self, PyObject* const* arguments, Py_ssize_t count,
                          PyObject* names) {
  if (count >= 1 && is_plainly_above(self, kNumbers[index])) Py_RETURN_NONE;
  return call_rare(self, index, arguments, count, names);
}

// A call with names, which the interpreter sends through the descriptor, that is not like all
// others: its logger may be of a derived class, or none.
RARE PyObject* call_rare_descriptor(PyObject* method, Py_ssize_t index, PyObject* const* arguments,
                                    Py_ssize_t count, PyObject* names) {
  if (count >= 1 && PyObject_TypeCheck(arguments[0], PyDescr_TYPE(method))) {
    return call_rare(arguments[0], index, arguments + 1, count - 1, names);
  }
  return PyErr_Format(PyExc_TypeError, "%s() takes a Logger and an event",
                      level_gates[index].ml_name);
}

// Stands in the place of the descriptor's own `vectorcall`: that one counts the depth of recursion
// around each call, which takes 0.04 of such a call. Without names the interpreter calls the
// function itself, whatever stands there.
template <Py_ssize_t index>
PyObject* call_level_gate_descriptor(PyObject* method, PyObject* const* arguments, size_t flags,
                                     PyObject* names) {
  const Py_ssize_t count = PyVectorcall_NARGS(flags);
  if (count >= 2 && Py_IS_TYPE(arguments[0], PyDescr_TYPE(method)) &&
      is_plainly_above(arguments[0], kNumbers[index])) {
    Py_RETURN_NONE;
  }
  return call_rare_descriptor(method, index, arguments, count, names);
}
constexpr vectorcallfunc level_gate_descriptors[kLevels] = {
    call_level_gate_descriptor<0>, call_level_gate_descriptor<1>, call_level_gate_descriptor<2>,
    call_level_gate_descriptor<3>, call_level_gate_descriptor<4>, call_level_gate_descriptor<5>};

// Return the fields of a bound logger: those that were bound before, and the new ones over them.
PyObject* join_fields(PyObject* bound, PyObject* const* values, PyObject* names) {
  PyObject* fields = PyDict_GET_SIZE(bound) == 0 ? PyDict_New() : PyDict_Copy(bound);
  const Py_ssize_t count = names == nullptr ? 0 : PyTuple_GET_SIZE(names);
  for (Py_ssize_t index = 0; fields != nullptr && index < count; ++index) {
    if (PyDict_SetItem(fields, PyTuple_GET_ITEM(names, index), values[index]) != 0) {
      Py_CLEAR(fields);
    }
  }
  return fields;
}

PyObject* call_bind(PyObject* self, PyObject* const* arguments, Py_ssize_t count, PyObject* names) {
  if (count != 0) {
    PyErr_Format(PyExc_TypeError, "bind() takes fields by name, but %zd without one were given",
                 count);
    return nullptr;
  }
  const auto* logger = reinterpret_cast<LoggerLayout*>(self);
  if (logger->bound == nullptr || logger->site == nullptr) return say_unmade();
  // The logger of a name is of a class that is derived from that of all others; one that a test has
  // patched is of a class that is derived from that.
  PyTypeObject* type = Py_TYPE(logger->site)->tp_base;
  while (type->tp_basicsize > static_cast<Py_ssize_t>(sizeof(LoggerLayout))) type = type->tp_base;
  PyObject* fields = join_fields(logger->bound, arguments, names);
  if (fields == nullptr) return nullptr;
  PyObject* made = type->tp_alloc(type, 0);
  if (made == nullptr) {
    Py_DECREF(fields);
    return nullptr;
  }
  auto* fresh = reinterpret_cast<LoggerLayout*>(made);
  fresh->bound = fields;
  fresh->site = Py_NewRef(logger->site);
  const Borrowed ahead(logger->site, offsetof(NamedLayout, ahead));
  fresh->rendered = Py_NewRef(ahead.get());
  return made;
}

PyMethodDef bind = {
    "bind", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(call_bind)),
    METH_FASTCALL | METH_KEYWORDS,
    PyDoc_STR("bind($self, /, **fields)\n--\n\n"
              "Return a logger that adds these fields to every line; the older one stays as it "
              "is.")};

}  // namespace

bool knows_layout(const Lane* lane) {
  const Offsets& at = lane->at;
  return at.bound == offsetof(LoggerLayout, bound) &&
         at.rendered == offsetof(LoggerLayout, rendered) &&
         at.site == offsetof(LoggerLayout, site) && at.ahead == offsetof(NamedLayout, ahead) &&
         at.name == offsetof(NamedLayout, name) &&
         at.threshold == offsetof(NamedLayout, threshold) &&
         lane->named_type->tp_base == lane->logger_type;
}

PyObject* make_level_gate(PyTypeObject* logger_type, Py_ssize_t index) {
  if (index < 0 || index >= kLevels) {
    PyErr_SetString(PyExc_IndexError, "there is no such level");
    return nullptr;
  }
  PyObject* method = PyDescr_NewMethod(logger_type, &level_gates[index]);
  if (method != nullptr) {
    reinterpret_cast<PyMethodDescrObject*>(method)->vectorcall = level_gate_descriptors[index];
  }
  return method;
}

PyObject* make_bind(PyTypeObject* logger_type) { return PyDescr_NewMethod(logger_type, &bind); }

}  // namespace foundation
