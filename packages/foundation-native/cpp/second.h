// The text of the present second, which the lines of that second begin with.
#pragma once

#include <cstdint>
#include <cstring>

#include "threads.h"

namespace foundation {

#if FOUNDATION_FREE_THREADED

// The texts of the last four seconds: a line that is being made goes on with its own while another
// thread begins the next. A text and its number are read together or not at all.
class Second {
 public:
  static constexpr size_t kMost = 60;  // bytes

  bool is(int64_t number) const { return slot_of(number).number == number; }

  // Only one thread at a time comes here.
  void set(int64_t number, const char* text, size_t size) {
    const Hold hold(mutex_);
    Slot& slot = slot_of(number);
    slot.changes.add(1);
    uint64_t words[kWords] = {};
    std::memcpy(words, text, size);
    slot.number = number;
    slot.size = static_cast<uint32_t>(size);
    for (size_t index = 0; index < kWords; ++index) slot.words[index] = words[index];
    slot.changes = slot.changes + 1;
  }

  // Copy the text of a second, and return its size; 0: it is another one by now.
  size_t copy(int64_t number, char* text) const {
    const Slot& slot = slot_of(number);
    const uint32_t before = slot.changes;
    uint64_t words[kWords];
    const bool same = slot.number == number;
    const uint32_t size = slot.size;
    for (size_t index = 0; index < kWords; ++index) words[index] = slot.words[index];
    if (before % 2 != 0 || !same || slot.changes != before) return 0;
    std::memcpy(text, words, size);
    return size;
  }

 private:
  static constexpr size_t kWords = 8;

  struct Slot {
    Shared<uint32_t> changes;  // odd: one is being made
    Shared<int64_t> number{INT64_MIN};
    Shared<uint32_t> size;
    Shared<uint64_t> words[kWords];
  };
  Slot& slot_of(int64_t number) { return slots_[number & 3]; }
  const Slot& slot_of(int64_t number) const { return slots_[number & 3]; }

  Slot slots_[4];
  Mutex mutex_;
};

#else

// Both change together, and under the GIL.
class Second {
 public:
  static constexpr size_t kMost = 60;  // bytes

  bool is(int64_t number) const { return number_ == number; }
  void set(int64_t number, const char* text, size_t size) {
    number_ = number;
    size_ = static_cast<uint32_t>(size);
    std::memcpy(text_, text, size);
  }
  const char* text() const { return text_; }
  size_t size() const { return size_; }

 private:
  int64_t number_ = INT64_MIN;
  uint32_t size_ = 0;
  char text_[kMost];
};

#endif

}  // namespace foundation
