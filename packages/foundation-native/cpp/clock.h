// The wall clock, and its fraction of a second as digits.
#pragma once

#include <chrono>
#include <cstdint>

namespace foundation {

struct Moment {
  int64_t second;  // since the epoch
  uint32_t micros;

  double seconds() const { return static_cast<double>(second) + static_cast<double>(micros) * 1e-6; }
};

inline Moment read_clock() {
  using std::chrono::duration_cast;
  const int64_t micros = duration_cast<std::chrono::microseconds>(
                             std::chrono::system_clock::now().time_since_epoch())
                             .count();
  int64_t second = micros / 1000000;
  int64_t rest = micros % 1000000;
  if (rest < 0) {
    rest += 1000000;
    --second;
  }
  return {second, static_cast<uint32_t>(rest)};
}

inline int64_t read_timer_ns() {
  using std::chrono::duration_cast;
  return duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

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
