// The level methods: what `log.info(...)` calls.
#pragma once

#include <Python.h>
#include <structmember.h>

namespace foundation {

int add_method_type(PyObject* module);

}  // namespace foundation
