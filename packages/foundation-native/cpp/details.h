// What stands behind the fields of some lines: exception, stack and call site.
//
// All of it is made ready before the first attempt at a line, because core may have to be asked: an
// exception's message may be the work of the user's `__str__`, and a line of the source stands in a
// file. An attempt puts the bytes in their place.
#pragma once

#include <Python.h>

#include "fields.h"
#include "lane.h"
#include "outcome.h"
#include "rare.h"

namespace foundation {

// The parameters of a call that ask for something; borrowed, and null where they do not.
struct Parameters {
  PyObject* exc_info;
  PyObject* stack_info;
  PyObject* stacklevel;

  bool ask() const { return exc_info != nullptr || stack_info != nullptr; }
};

class Details {
 public:
  explicit Details(Lane* lane) : lane_(lane), line_(lane, nullptr) {}
  Details(const Details&) = delete;
  Details& operator=(const Details&) = delete;

  // Make everything ready. `kNeedsPython`: only the Python lanes can.
  RARE Outcome gather(const Parameters& parameters);

  // Put it where a line ends. `ended`: the line has its end already, which moves. False: there is no
  // memory.
  RARE bool put(Buffer& out, bool* ended) const;

 private:
  Outcome add_all(const Parameters& parameters);
  Outcome add_exception(PyObject* asked);
  Outcome add_stack(PyObject* asked, PyObject* stacklevel);
  Outcome add_callsite(PyObject* stacklevel);
  Outcome add_answer(const char* key, PyObject* answer);
  bool put_key(const char* key);

  Lane* lane_;
  Line line_;
};

}  // namespace foundation
