// The wall clock, and its fraction of a second as digits.
#pragma once

#include <Python.h>

#include <atomic>
#include <chrono>
#include <cstdint>

#include "threads.h"

namespace foundation {

struct Moment {
  int64_t second;  // since the epoch
  uint32_t micros;

  double seconds() const {
    return static_cast<double>(second) + static_cast<double>(micros) * 1e-6;
  }
};

inline Moment moment_of(int64_t micros) {
  int64_t second = micros / 1000000;
  int64_t rest = micros % 1000000;
  if (rest < 0) {
    rest += 1000000;
    --second;
  }
  return {second, static_cast<uint32_t>(rest)};
}

inline Moment read_clock() {
  using std::chrono::duration_cast;
  return moment_of(
      duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count());
}

inline int64_t read_timer_ns() {
  using std::chrono::duration_cast;
  return duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// The system's clock, unless somebody has put another one in the place of Python's: a function of
// their own into the module `time` (unittest.mock, freezegun), or other code behind the function
// that is there (time-machine). Three comparisons a line tell that nobody has.
class Clock {
 public:
  Clock() = default;
  ~Clock() { Py_XDECREF(module_); }
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;

  // Find the functions of `time`, whose dict is watched by the watcher, if there is one. False: an
  // error is set.
  bool find(PyObject* module, int watcher);

  // Return the present moment in `now`. False: an error is set, by an interrupt.
  bool read(Moment* now) {
    if (*changes_ != seen_ || time_ns_->ml_meth != time_ns_code_ || time_->ml_meth != time_code_) {
      return ask(now);
    }
    *now = read_clock();
    return true;
  }

  int traverse(visitproc visit, void* arg) const {
    Py_VISIT(module_);
    return 0;
  }

 private:
  // Look what the module has, and ask that.
  bool ask(Moment* now);

#if PY_VERSION_HEX >= 0x030C0000
  using Changes = std::atomic<uint64_t>;
#else
  using Changes = uint64_t;
#endif
  PyObject* module_ = nullptr;  // its dict
  PyMethodDef* time_ = nullptr;
  PyMethodDef* time_ns_ = nullptr;
  PyCFunction time_code_ = nullptr;  // null: it was not the interpreter's own
  PyCFunction time_ns_code_ = nullptr;
  const Changes* changes_ = nullptr;  // counts them; null, together with the rest, before `find`
  Shared<uint64_t> seen_{0};  // the count at which all was the interpreter's own; 0: there was none
};

// Have changes of the dict of `time` counted, where this takes a watcher. Returns its number, or
// -1: each line looks for itself.
int watch_time(PyObject* module);
void stop_watching_time(PyObject* module, int watcher);

// Write the first `digits` digits of the microseconds.
inline void put_fraction(char* cursor, uint32_t micros, int digits) {
  char text[6];
  for (int position = 5; position >= 0; --position) {
    text[position] = static_cast<char>('0' + micros % 10);
    micros /= 10;
  }
  for (int position = 0; position < digits; ++position) cursor[position] = text[position];
}

}  // namespace foundation
