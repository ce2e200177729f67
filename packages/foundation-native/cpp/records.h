// The fields of records, read without any code of their classes.
#pragma once

#include <Python.h>

#include "lane.h"

namespace foundation {

// Return a field as a new reference. Null: there is none, and no error is set.
PyObject* read_field(PyObject* record, PyObject* name);

// Say whether a record has more fields than its class says.
bool has_more_fields(const Lane* lane, PyObject* record);

}  // namespace foundation
