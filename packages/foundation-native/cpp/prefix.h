// The prefix that a lane keeps with a logger or with a context: the bytes that are the same in each
// of their lines, encoded once.
//
// A bound logger that writes one line is cheaper if its fields are encoded with that line, so it
// gets a prefix with its second line. What it holds in `_rendered` says how far it is:
//
//   bind()         -> cold          a tuple that begins with `lane->cold`, and the name's prefix
//   first line     -> written once  `lane->written_once`
//   second line    -> warm          a tuple that begins with the lane, and its own prefix
//
// The logger of a name is warm with its first line, and so is a context. A tuple that begins with
// anything else is another lane's, and the logger starts anew. Two lanes that make the lines of one
// call (several.h) share a tuple: the second one, or its `cold`, and its prefix follow the first's. A
// context has no place for that; the second lane encodes its fields with each line.
#pragma once

#include <Python.h>

#include <cstdint>

#include "lane.h"
#include "linkage.h"

namespace foundation {

struct Prefix {
  enum class Kind : uint8_t {
    kEncoded,         // `bytes` has all of it
    kEncodeEachTime,  // the fields hold what may change, and are encoded with each line
    kNeedsPython      // there is a field that only the Python lanes can encode
  };

  PyObject_VAR_HEAD
  uint64_t keys;       // the bits of the keys of the fields
  uint32_t head_size;  // of the bytes, how many stand in front of the event
  Kind kind;
  bool affects_emoji;  // one of the keys may change the line's emoji
  char bytes[1];

  const char* head() const { return bytes; }
  const char* tail() const { return bytes + head_size; }
  size_t tail_size() const { return static_cast<size_t>(Py_SIZE(this)) - head_size; }
};

// Return the prefix behind `owner` (the lane, or its `cold`) in a tuple, or null.
inline Prefix* prefix_in(PyObject* holder, const Lane* lane, const void* owner) {
  if (holder == nullptr || PyTuple_GET_ITEM(holder, lane->place) != owner) return nullptr;
  return reinterpret_cast<Prefix*>(PyTuple_GET_ITEM(holder, lane->place + 1));
}

// Make the prefix of a logger, and keep it with the logger. False: an error is set.
INTERNAL bool warm_up(Lane* lane, PyObject* logger);

// Make the prefix of a context, and keep it with the context. False: an error is set.
INTERNAL bool warm_up_context(Lane* lane, PyObject* context);

// Return what stands for the prefix of any context: its fields are encoded with each line. Null: an
// error is set.
PyObject* make_each_time(const Lane* lane);

int add_prefix_type(PyObject* module);

}  // namespace foundation
