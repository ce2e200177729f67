// A lane's configuration, as its Python half gives it: once, before any line is written.
#pragma once

#include <Python.h>

#include "linkage.h"

namespace foundation {

// Find where a slotted class keeps an attribute. False: an error is set.
INTERNAL bool find_slot(PyObject* type, const char* name, Py_ssize_t* offset);

// Lane(owner, logger, named_logger, context, counter, stats, ring): which classes it looks into.
int lane_init(PyObject* self, PyObject* arguments, PyObject* keywords);

// configure(...): what lines look like and where they go.
PyObject* lane_configure(PyObject* self, PyObject* arguments, PyObject* keywords);

// use_stream(descriptor, lock, transcodes, entry_type): lines go to stdout (1) or stderr (2).
PyObject* lane_use_stream(PyObject* self, PyObject* arguments);

// use_screen(event_codes, tags, is_usual, is_wide, width, hang, has_gutter): how lines are laid out.
PyObject* lane_use_screen(PyObject* self, PyObject* arguments);

}  // namespace foundation
