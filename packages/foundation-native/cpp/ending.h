// How a line ends, where the one fragment has a token that says whether it is what it was.
#pragma once

#include <Python.h>

namespace foundation {

class Ending {
 public:
  Ending() = default;
  ~Ending();
  Ending(const Ending&) = delete;
  Ending& operator=(const Ending&) = delete;

  // Whether a look at a variable is enough to say that the line ends as it would without the
  // fragment. False: `find` tells.
  bool is_nothing() const {
    if (!nothing_) return false;
    PyObject* token = nullptr;
    if (PyContextVar_Get(variable_, nullptr, &token) < 0) PyErr_Clear();
    const bool same = token == PyTuple_GET_ITEM(last_, 1);
    Py_XDECREF(token);
    return same;
  }

  // Return, as a new reference, how a line ends if the token is what it was. Null: it is another
  // one, or (an error is set) it could not be told.
  PyObject* find() const;

  // Ask core, remember the answer, and return it as a new reference. Null: an error is set.
  PyObject* look(PyObject* stages);

  // What is remembered, for the collector.
  PyObject* last() const { return last_; }

 private:
  // (what tells the token, the token, how a line ends while it is that, members), or null
  PyObject* last_ = nullptr;
  // What tells the token, where that is `get` of a ContextVar: then no call is needed.
  PyObject* variable_ = nullptr;
  // Whether there is such a variable, and with the token that is remembered nothing is added.
  bool nothing_ = false;
};

}  // namespace foundation
