#include "clock.h"

#include <cmath>

#include "call.h"
#include "layouts.h"
#include "rare.h"

namespace foundation {
namespace {

// A clock that is further from the system's than this is not the interpreter's own.
constexpr int64_t kMostApart = 1000000;

#if PY_VERSION_HEX >= 0x030C0000
// Of every module `time` that is watched, in any interpreter: one too many is one look too many.
std::atomic<uint64_t> changes{1};

int count_change(PyDict_WatchEvent, PyObject*, PyObject*, PyObject*) {
  changes.fetch_add(1, std::memory_order_relaxed);
  return 0;
}
#endif

// Return a function of a module's dict, which holds it, or null.
PyObject* function_in(PyObject* module, const char* name, Borrowed* held) {
  const Locked section(module);
  PyObject* function = PyDict_GetItemString(module, name);
  Borrowed found(function);
  held->take(found);
  PyErr_Clear();
  return function;
}

// Return what a function of the interpreter's own is made of, or null.
PyMethodDef* definition_of(PyObject* function) {
  if (function == nullptr || !PyCFunction_CheckExact(function)) return nullptr;
  return definition_in(function);
}

// Return another module of the same kind as `time`: what stands in that one may be anybody's.
PyObject* another_time() {
  PyObject* time = PyImport_ImportModule("time");
  PyObject* spec = time == nullptr ? nullptr : PyObject_GetAttrString(time, "__spec__");
  PyObject* loader = spec == nullptr ? nullptr : PyObject_GetAttrString(spec, "loader");
  PyObject* fresh = loader == nullptr ? nullptr : call_by_name(loader, "create_module", "O", spec);
  Py_XDECREF(loader);
  Py_XDECREF(spec);
  Py_XDECREF(time);
  return fresh;
}

// Ask a function of anybody's for the time. False: it does not say, or (an error is set) raises.
bool micros_by(PyObject* function, bool in_ns, int64_t* micros) {
  PyObject* answer = PyObject_CallNoArgs(function);
  if (answer == nullptr) return false;
  bool known = false;
  if (in_ns && PyLong_Check(answer)) {
    const long long nanos = PyLong_AsLongLong(answer);
    known = nanos != -1 || PyErr_Occurred() == nullptr;
    *micros = nanos / 1000 - (nanos % 1000 < 0 ? 1 : 0);
  } else if (!in_ns) {
    const double seconds = PyFloat_AsDouble(answer);
    const double whole = std::floor(seconds);
    known = PyErr_Occurred() == nullptr && whole >= -62135596800.0 && whole < 253402300800.0;
    // As `format_timestamp` has it, so that all lanes write the same digits.
    if (known) {
      *micros = static_cast<int64_t>(whole) * 1000000 +
                static_cast<int64_t>((seconds - whole) * 1000000.0);
    }
  }
  Py_DECREF(answer);
  return known;
}

int64_t micros_of(const Moment& moment) { return moment.second * 1000000 + moment.micros; }

// Say whether a function of the interpreter's own tells the system's time.
bool tells_system_time(PyObject* function) {
  for (int attempt = 0; attempt < 3; ++attempt) {  // the process may have been stopped in between
    int64_t micros = 0;
    if (!micros_by(function, true, &micros)) return false;
    const int64_t apart = micros - micros_of(read_clock());
    if (apart < kMostApart && apart > -kMostApart) return true;
  }
  return false;
}

// Say whether a function is the interpreter's own, with the code that it had at first.
bool is_unchanged(PyObject* function, const PyMethodDef* own, PyCFunction code) {
  return own != nullptr && definition_of(function) == own && own->ml_meth == code;
}

}  // namespace

bool Clock::find(PyObject* module, int watcher) {
  Py_INCREF(module);
  Py_XSETREF(module_, module);
  PyObject* fresh = another_time();
  if (fresh == nullptr) return false;
  PyObject* names = PyModule_Check(fresh) ? PyModule_GetDict(fresh) : module;
  Borrowed held_ns, held;
  PyObject* time_ns = function_in(names, "time_ns", &held_ns);
  time_ = definition_of(function_in(names, "time", &held));
  time_ns_ = definition_of(time_ns);
  bool found = time_ != nullptr && time_ns_ != nullptr;
  if (!found) {
    PyErr_SetString(PyExc_ImportError, "the interpreter has no time.time of its own");
  } else if (tells_system_time(time_ns)) {
    time_code_ = time_->ml_meth;
    time_ns_code_ = time_ns_->ml_meth;
  } else {
    found = forget_exception();
  }
  Py_DECREF(fresh);
#if PY_VERSION_HEX >= 0x030C0000
  static const Changes none{1};
  changes_ = watcher < 0 ? &none : &changes;
#else
  (void)watcher;
  changes_ = &reinterpret_cast<PyDictObject*>(module)->ma_version_tag;
#endif
  return found;
}

RARE bool Clock::ask(Moment* now) {
  const uint64_t count = *changes_;
  Borrowed held_ns, held;
  PyObject* time_ns = function_in(module_, "time_ns", &held_ns);
  PyObject* time = function_in(module_, "time", &held);
  const bool own_ns = is_unchanged(time_ns, time_ns_, time_ns_code_);
  const bool own = is_unchanged(time, time_, time_code_);
  if (own_ns && own) {
#if PY_VERSION_HEX >= 0x030C0000
    seen_ = changes_ == &changes ? count : 0;
#else
    seen_ = count;
#endif
    *now = read_clock();
    return true;
  }
  PyObject* function = own_ns ? time : time_ns;
  int64_t micros = 0;
  Py_XINCREF(function);
  const bool known = function != nullptr && micros_by(function, !own_ns, &micros);
  Py_XDECREF(function);
  *now = known ? moment_of(micros) : read_clock();
  return forget_exception();  // the line has the system's time then
}

int watch_time(PyObject* module) {
#if PY_VERSION_HEX >= 0x030C0000
  const int watcher = PyDict_AddWatcher(count_change);
  if (watcher >= 0 && PyDict_Watch(watcher, module) == 0) return watcher;
  PyErr_Clear();  // all eight of the interpreter are in use
  if (watcher >= 0 && PyDict_ClearWatcher(watcher) != 0) PyErr_Clear();
#else
  (void)module;
#endif
  return -1;
}

void stop_watching_time(PyObject* module, int watcher) {
#if PY_VERSION_HEX >= 0x030C0000
  if (watcher < 0) return;
  if (PyDict_Unwatch(watcher, module) != 0) PyErr_Clear();
  if (PyDict_ClearWatcher(watcher) != 0) PyErr_Clear();
#else
  (void)module, (void)watcher;
#endif
}

}  // namespace foundation
