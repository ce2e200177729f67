// Lines to stderr and stdout, while these are the interpreter's own: to a file, to a pipe that takes
// the line whole, or to a terminal. What else they may be, and all that goes wrong, is core's
// `StandardSink`'s.
#pragma once

#include <Python.h>

#include <cstddef>

namespace foundation {

struct Stream {
  enum class Kind {
    kOther,    // sockets, say: core writes to them
    kWhole,    // a file, or a device that is no terminal
    kPipe,     // takes up to PIPE_BUF bytes whole, or none
    kTerminal  // may take a part of a line, if a signal comes: core completes it
  };

  const char* name;      // in `sys`; null: the lane has no stream
  const char* original;  // the name of what it was at start-up
  PyObject* lock;        // the `LineLock` of its writer
  PyObject* entry_type;  // what stands in the queue of that lock
  PyObject *word_flush, *word_closed, *word_encoding, *word_hold;
  PyObject *word_index, *word_data, *word_taken, *word_append;
  int descriptor;
  Kind kind;        // as it was when the second began
  bool flushes;     // first, so that lines keep their order with print()
  bool transcodes;  // lines follow the stream's encoding
  bool can_try;     // the kernel writes to a pipe on condition that it need not wait
};

// Use a stream: descriptor 1 or 2. False: an error is set.
bool use_stream(Stream* stream, int descriptor, PyObject* lock, bool transcodes,
                PyObject* entry_type);

// Look what its descriptor leads to.
void look_at_stream(Stream* stream);

// Say whether a line can be written from here: 1, 0, or -1 with an interrupt set. Python code runs.
int is_ready(Stream* stream, size_t size);

// What `write_to_stream` returns of a line that stands in the queue of the lock.
constexpr Py_ssize_t kQueued = -1;

// Write a line that it is ready for, and return how many bytes the kernel took. Where none were,
// core tries again. `index` is that of the level's counter.
Py_ssize_t write_to_stream(Stream* stream, int index, const char* data, size_t size);

int traverse_stream(Stream* stream, visitproc visit, void* arg);
void clear_stream(Stream* stream);

}  // namespace foundation
