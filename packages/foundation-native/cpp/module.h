// What belongs to one instance of the module; there is no state outside of it.
#pragma once

#include <Python.h>

namespace foundation {

struct ModuleState {
  PyTypeObject* lane_type;
  PyTypeObject* method_type;
  PyTypeObject* prefix_type;
  PyTypeObject* numbers_type;
  PyObject* time;  // the dict of the module `time`
  int time_watcher;
};

inline ModuleState* state_of(PyObject* module) {
  return static_cast<ModuleState*>(PyModule_GetState(module));
}

}  // namespace foundation
