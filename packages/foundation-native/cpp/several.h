// One call to several outputs: a line for each distinct format, made by the lane of that format; then
// each output writes its own, by the lane that has its sink.
//
// The lines are made before the first is written, so that a call that needs Python can still go there
// as a whole. What is rare goes to core's `SeveralOutputs`, which does the same in Python.
#pragma once

#include <Python.h>

#include "call.h"
#include "clock.h"
#include "linkage.h"
#include "method.h"

namespace foundation {

// The outputs that take the lines of one level.
struct Group {
  static constexpr int kMostFormats = 2;  // as many as a logger has places for, see prefix.h
  static constexpr int kMostOutputs = 8;

  Method* makers[kMostFormats];   // owned: makes the line of each format
  Method* writers[kMostOutputs];  // owned: writes the line of each output
  int line_of[kMostOutputs];      // which of the lines
  int maker_count;
  int writer_count;
};

// Make a group of what core gives: methods, one for each format; and for each output a method and
// which format it has. Null: an error is set.
INTERNAL Group* make_group(PyTypeObject* method_type, PyObject* makers, PyObject* writers);
INTERNAL void free_group(Group* group);
INTERNAL int traverse_group(const Group* group, visitproc visit, void* arg);

// Count a line that all of a group's outputs have lost; the exception that has cost it may be set.
// Null: an interrupt is set.
INTERNAL PyObject* lose_all(const Group& group);

// Return the method for the outputs that take a logger's lines. None: there are none, or core has
// written the line. Null: an interrupt is set.
APART PyObject* choose(const Method* method, const Call& call);

// Make and write the lines of a call. Null: an interrupt is set.
// `computed`: no value of it is lazy any more, or may be computed.
APART PyObject* write_several(Method* method, const Call& call, PyObject* context,
                              const Moment& now, bool computed = false);

// Look at the length of each file that rotates. False: an error is set.
INTERNAL bool measure_several(const Group* group);

}  // namespace foundation
