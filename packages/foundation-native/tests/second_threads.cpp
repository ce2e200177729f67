// Threads that read the text of the present second while others begin new ones, for ThreadSanitizer:
// `python -m tools.free_threaded`. A text is that of its number, or it is not there.
#include <atomic>
#include <cstdio>
#include <cstring>
#include <thread>
#include <vector>

#include "second.h"

namespace {

constexpr int64_t kLast = 20000;

// Make a text of which each byte tells the second, and the size as well.
size_t make_text(int64_t number, char* text) {
  const size_t size = 20 + static_cast<size_t>(number % 40);
  std::memset(text, 'a' + static_cast<int>(number % 26), size);
  return size;
}

bool is_text_of(int64_t number, const char* text, size_t size) {
  char expected[foundation::Second::kMost];
  return size == make_text(number, expected) && std::memcmp(text, expected, size) == 0;
}

}  // namespace

int main() {
  foundation::Second second;
  std::atomic<int64_t> present{0};
  std::atomic<int> torn{0};
  std::atomic<long> found{0};
  std::vector<std::thread> threads;
  for (int writer = 0; writer < 2; ++writer) {
    threads.emplace_back([&] {
      while (present < kLast) {
        const int64_t number = ++present;
        char text[foundation::Second::kMost];
        const size_t size = make_text(number, text);
        second.set(number, text, size);
      }
    });
  }
  for (int reader = 0; reader < 4; ++reader) {
    threads.emplace_back([&] {
      while (present < kLast) {
        const int64_t number = present - 3;  // the one whose place is taken next
        char text[foundation::Second::kMost];
        const size_t size = second.copy(number, text);
        if (size == 0) continue;
        ++found;
        if (!is_text_of(number, text, size)) ++torn;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::printf("%ld texts read, %d of them torn\n", found.load(), torn.load());
  return torn == 0 && found > 0 ? 0 : 1;
}
