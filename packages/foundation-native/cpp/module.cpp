// `provide.foundation.native._lane`: multi-phase initialisation, so that each interpreter has its
// own types and objects.

#include "module.h"

#include "clock.h"
#include "lane.h"
#include "layouts.h"
#include "method.h"
#include "prefix.h"
#include "sampled_method.h"
#include "sampling.h"
#include "sink.h"
#include "text.h"

namespace foundation {
namespace {

PyObject* never_waits_of(PyObject*, PyObject* argument) {
  const long descriptor = PyLong_AsLong(argument);
  if (descriptor == -1 && PyErr_Occurred() != nullptr) return nullptr;
  return PyBool_FromLong(never_waits(static_cast<int>(descriptor)));
}

PyObject* encode_json(PyObject*, PyObject* text) {
  Buffer out;
  if (!PyUnicode_CheckExact(text) || put_json_text(out, text) != Encoding::kEncoded) Py_RETURN_NONE;
  return PyBytes_FromStringAndSize(out.data(), static_cast<Py_ssize_t>(out.size()));
}

PyMethodDef functions[] = {
    {"encode_json", encode_json, METH_O,
     PyDoc_STR("Return a text as JSON; None: it takes the Python lanes' rules.")},
    {"never_waits", never_waits_of, METH_O,
     PyDoc_STR("Say whether a write to a descriptor is over without waiting for anybody.")},
    {nullptr, nullptr, 0, nullptr},
};

int execute(PyObject* module) {
  if (const char* fault = find_layout_fault()) {
    PyErr_Format(PyExc_ImportError, "does not know this interpreter's %s", fault);
    return -1;
  }
  PyObject* time = PyImport_ImportModule("time");
  if (time == nullptr) return -1;
  state_of(module)->time = Py_NewRef(PyModule_GetDict(time));
  Py_DECREF(time);
  state_of(module)->time_watcher = watch_time(state_of(module)->time);
  if (add_prefix_type(module) != 0 || add_lane_type(module) != 0) return -1;
  if (add_method_type(module) != 0 || add_numbers_type(module) != 0) return -1;
  return add_sampled_method_type(module);
}

int traverse(PyObject* module, visitproc visit, void* arg) {
  ModuleState* state = state_of(module);
  Py_VISIT(state->lane_type);
  Py_VISIT(state->method_type);
  Py_VISIT(state->prefix_type);
  Py_VISIT(state->numbers_type);
  Py_VISIT(state->time);
  return 0;
}

int clear(PyObject* module) {
  ModuleState* state = state_of(module);
  Py_CLEAR(state->lane_type);
  Py_CLEAR(state->method_type);
  Py_CLEAR(state->prefix_type);
  Py_CLEAR(state->numbers_type);
  if (state->time != nullptr) stop_watching_time(state->time, state->time_watcher);
  Py_CLEAR(state->time);
  return 0;
}

// Without it, a module that no collection has cleared keeps its types for good.
void release(void* module) { clear(static_cast<PyObject*>(module)); }

PyModuleDef_Slot slots[] = {
    {Py_mod_exec, reinterpret_cast<void*>(execute)},
#if PY_VERSION_HEX >= 0x030C0000
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
#if defined(Py_GIL_DISABLED) && defined(FOUNDATION_DECLARES_NO_GIL)
    // Only for whoever proves it: hatch_build.py says how.
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    // Otherwise a free-threaded build is not declared: there the import switches the GIL on.
    {0, nullptr},
};

PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    "provide.foundation.native._lane",
    PyDoc_STR("The compiled part of the native lane; lane.py is its only user."),
    sizeof(ModuleState),
    functions,
    slots,
    traverse,
    clear,
    release,
};

}  // namespace
}  // namespace foundation

PyMODINIT_FUNC PyInit__lane(void);
PyMODINIT_FUNC PyInit__lane(void) { return PyModuleDef_Init(&foundation::definition); }
