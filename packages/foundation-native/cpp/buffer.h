// Bytes of one line: on the stack, and on the heap once they are too many for it.
#pragma once

#include <Python.h>

#include <cstddef>
#include <cstring>

namespace foundation {

class Buffer {
 public:
  Buffer() : begin_(stack_), cursor_(stack_), end_(stack_ + kOnStack) {}
  ~Buffer() {
    if (begin_ != stack_) PyMem_Free(begin_);
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  const char* data() const { return begin_; }
  char* begin() { return begin_; }
  size_t size() const { return static_cast<size_t>(cursor_ - begin_); }
  // Whether there was no memory for what should have been written.
  bool failed() const { return failed_; }

  // What follows may write so many bytes through `cursor`. False: there is no memory.
  bool reserve(size_t more) { return static_cast<size_t>(end_ - cursor_) >= more || grow(more); }
  char* cursor() { return cursor_; }
  void advance_to(char* cursor) { cursor_ = cursor; }

  bool append(const char* bytes, size_t size) {
    if (!reserve(size)) return false;
    std::memcpy(cursor_, bytes, size);
    cursor_ += size;
    return true;
  }
  template <size_t N>
  bool append(const char (&text)[N]) {
    return append(text, N - 1);
  }
  bool append(char byte) {
    if (!reserve(1)) return false;
    *cursor_++ = byte;
    return true;
  }

 private:
  // Most lines are shorter; a line is written from here, so nothing outlives the call.
  static constexpr size_t kOnStack = 2048;

  bool grow(size_t more) {
    const size_t used = size();
    char* fresh = nullptr;
    const size_t capacity = 2 * (used + more);
    if (more < static_cast<size_t>(PY_SSIZE_T_MAX) / 4 - used) {
      fresh = static_cast<char*>(PyMem_Malloc(capacity));
    }
    if (fresh == nullptr) {
      failed_ = true;
      return false;
    }
    std::memcpy(fresh, begin_, used);
    if (begin_ != stack_) PyMem_Free(begin_);
    begin_ = fresh;
    cursor_ = fresh + used;
    end_ = fresh + capacity;
    return true;
  }

  char* begin_;
  char* cursor_;
  char* end_;
  bool failed_ = false;
  char stack_[kOnStack];
};

}  // namespace foundation
