// The level methods, `Logger.info` and its siblings: a type of Python objects, and their call.
//
// One call goes through these files, in this order:
//
//   method   takes the call and looks at the logger's level
//   record   makes one line of it, in the order of steps in which core makes it
//   prefix   has the bytes that are kept of a logger and of a context
//   enrich   asks extensions for emoji and trace fields, and hands them the written line
//   deliver  writes the line and counts it
//   call     takes what is rare to the Python lanes
#pragma once

#include <Python.h>

#include <cstdint>

#include "lane.h"
#include "threads.h"

namespace foundation {

struct Group;

// The method of one level, for all loggers.
struct Method {
  PyObject_HEAD
  vectorcallfunc vectorcall;
  PyObject* attributes;  // __name__, __doc__ and the like
  Lane* lane;
  PyObject* counter;        // what counts the lines of this level
  PyObject* name;           // of the level
  PyObject* lead;           // bytes that stand between the time and the logger's name
  // Lines written that core's counter does not have yet, and their bytes: for want of memory, or
  // until the counts are read, where threads run at once.
  Shared<int64_t> uncounted;
  Shared<int64_t> uncounted_bytes;
  Shared<int64_t> written;      // all lines, where `uncounted` may be any part of them
  Shared<int64_t> next_sample;  // the count from which on the next call is timed
  Group* group;       // owned: where the lines go, if there are several outputs; or null
  PyObject* choices;  // the methods to call instead, by the names of loggers; or null
  int level;
  int index;  // of the level's counter
};

int add_method_type(PyObject* module);

}  // namespace foundation
