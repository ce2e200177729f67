// What is kept of a logger and of a context: the bytes that stand in each of their lines.
//
// A logger is looked at when its first line comes (a bound one, when its second does: many a logger
// is bound for one line). From then on its name and its bound fields are one copy of bytes.
#pragma once

#include <Python.h>

#include <cstdint>

#include "lane.h"
#include "linkage.h"

namespace foundation {

struct Rendering {
  enum class Kind : uint8_t {
    kReady,   // `bytes` has all of it
    kEach,    // the fields hold what may change, and are rendered for each line
    kRefused  // there is a field that only the Python lanes can render
  };

  PyObject_VAR_HEAD uint64_t keys;  // the bits of the keys of the fields
  uint32_t head_size;               // of the bytes, how many stand in front of the event
  Kind kind;
  bool marking;  // one of the keys may change the line's emoji
  char bytes[1];

  const char* head() const { return bytes; }
  const char* tail() const { return bytes + head_size; }
  size_t tail_size() const { return static_cast<size_t>(Py_SIZE(this)) - head_size; }
};

// Return the rendering in a tuple that this lane has made, or null. The tuple's first item says
// whose it is.
inline Rendering* rendering_in(PyObject* holder, const void* owner) {
  if (holder == nullptr || PyTuple_GET_ITEM(holder, 0) != owner) return nullptr;
  return reinterpret_cast<Rendering*>(PyTuple_GET_ITEM(holder, 1));
}

// Render of a logger what this lane has not rendered yet, and keep it with the logger. False: an
// error is set.
INTERNAL bool meet(Lane* lane, PyObject* logger);

// Render the fields of a context, and keep the result with it. False: an error is set.
INTERNAL bool meet_context(Lane* lane, PyObject* context);

int add_rendering_type(PyObject* module);

}  // namespace foundation
