// Before Python 3.12, making an object may start a garbage collection, which runs finalisers: Python
// code. While a line is made, none may run.
#pragma once

#include <Python.h>

namespace foundation {

class NoCollection {
 public:
#if PY_VERSION_HEX < 0x030C0000
  NoCollection() : enabled_(PyGC_Disable() != 0) {}
  ~NoCollection() {
    if (enabled_) PyGC_Enable();
  }

 private:
  bool enabled_;

 public:
#else
  NoCollection() {}
  ~NoCollection() {}
#endif
  NoCollection(const NoCollection&) = delete;
  NoCollection& operator=(const NoCollection&) = delete;
};

}  // namespace foundation
