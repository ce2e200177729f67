// What threads share, for interpreters with a GIL and without.
//
// With a GIL everything here is what stood in its place before: plain members, no lock, borrowed
// references, and the same instructions. Without one (`Py_GIL_DISABLED`) members are atomic, tables
// have a lock for those who add to them, and what is read of another object is held. What readers
// may still look at, a table's older slots and plans, is kept until the lane goes: a call holds its
// method and that holds the lane, so then no call is in it. docs/free-threading.md has the list.
//
// FOUNDATION_FREE_THREADED=1 compiles the second kind for an interpreter with a GIL, so that its
// tests can be run at all; it says nothing about threads that run at once.
#pragma once

#include <Python.h>

#include <cstdint>
#include <cstring>

#ifdef Py_GIL_DISABLED
#undef FOUNDATION_FREE_THREADED
#define FOUNDATION_FREE_THREADED 1
#elif !defined(FOUNDATION_FREE_THREADED)
#define FOUNDATION_FREE_THREADED 0
#endif

#if FOUNDATION_FREE_THREADED
#include <atomic>
#ifndef Py_GIL_DISABLED
#include <mutex>
#endif
#endif

namespace foundation {

constexpr bool kFreeThreaded = FOUNDATION_FREE_THREADED != 0;

#if FOUNDATION_FREE_THREADED

// A member that several threads read and write. Whoever reads a pointer sees what it leads to as it
// was when the pointer was stored.
template <typename T>
class Shared {
 public:
  Shared() = default;
  Shared(T value) : value_(value) {}
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;
  operator T() const { return value_.load(std::memory_order_acquire); }
  void operator=(T value) { value_.store(value, std::memory_order_release); }
  T exchange(T value) { return value_.exchange(value, std::memory_order_acq_rel); }
  // Store a value unless there is `other` by now.
  void set_unless(T other, T value) {
    T before = value_.load(std::memory_order_acquire);
    while (before != other &&
           !value_.compare_exchange_weak(before, value, std::memory_order_acq_rel)) {
    }
  }
  // Numbers: nobody reads one to learn of anything else.
  void add(T value) { value_.fetch_add(value, std::memory_order_relaxed); }

 private:
  std::atomic<T> value_{};
};

// Lets one thread at a time change a table. No Python code runs while it is held.
class Mutex {
 public:
#ifdef Py_GIL_DISABLED
  void lock() { PyMutex_Lock(&mutex_); }
  void unlock() { PyMutex_Unlock(&mutex_); }

 private:
  PyMutex mutex_{};
#else
  void lock() { mutex_.lock(); }
  void unlock() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
#endif
};

class Hold {
 public:
  explicit Hold(Mutex& mutex) : mutex_(mutex) { mutex_.lock(); }
  ~Hold() { mutex_.unlock(); }
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;

 private:
  Mutex& mutex_;
};

#else

template <typename T>
class Shared {
 public:
  Shared() = default;
  Shared(T value) : value_(value) {}
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;
  operator T() const { return value_; }
  void operator=(T value) { value_ = value; }
  T exchange(T value) {
    const T before = value_;
    value_ = value;
    return before;
  }
  void set_unless(T other, T value) {
    if (value_ != other) value_ = value;
  }
  void add(T value) { value_ += value; }

 private:
  T value_{};
};

class Mutex {};

class Hold {
 public:
  explicit Hold(Mutex&) {}
  ~Hold() {}
};

#endif

// Keeps a dict, a list or an object as it is while it is looked at, as far as code goes that asks
// the interpreter for it. Looking at another one within may let go of the first for a while.
class Locked {
 public:
#ifdef Py_GIL_DISABLED
  explicit Locked(PyObject* object) { PyCriticalSection_Begin(&section_, object); }
  ~Locked() { PyCriticalSection_End(&section_); }

 private:
  PyCriticalSection section_;

 public:
#else
  explicit Locked(PyObject*) {}
  ~Locked() {}
#endif
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;
};

// An object that another one holds: borrowed with a GIL, because nothing lets go of that while it is
// in use; without one a reference of its own.
class Borrowed {
 public:
  Borrowed() = default;
  explicit Borrowed(PyObject* object) : object_(object) {
    if (kFreeThreaded) Py_XINCREF(object_);
  }
  // What stands in a slot of an object.
  Borrowed(PyObject* owner, Py_ssize_t offset) {
    const Locked section(owner);
    object_ = *reinterpret_cast<PyObject**>(reinterpret_cast<char*>(owner) + offset);
    if (kFreeThreaded) Py_XINCREF(object_);
  }
  ~Borrowed() {
    if (kFreeThreaded) Py_XDECREF(object_);
  }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;
  void take(Borrowed& other) {
    PyObject* mine = object_;
    object_ = other.object_;
    other.object_ = mine;
  }
  PyObject* get() const { return object_; }

 private:
  PyObject* object_ = nullptr;
};

// Put a new reference into a slot, and let go of what was there: once, whoever comes at once.
inline void replace_in(PyObject* owner, PyObject*& slot, PyObject* fresh) {
  PyObject* old;
  {
    const Locked section(owner);  // as core's own assignment has it
    old = slot;
#if FOUNDATION_FREE_THREADED
    reinterpret_cast<std::atomic<PyObject*>&>(slot).store(fresh, std::memory_order_release);
#else
    slot = fresh;
#endif
  }
  Py_XDECREF(old);
}

}  // namespace foundation
