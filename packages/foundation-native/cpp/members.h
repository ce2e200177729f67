// The members of a nested value that is written as JSON, and how each is shown to people.
#pragma once

#include <cstddef>
#include <string_view>

#include "buffer.h"
#include "linkage.h"

namespace foundation {

// Finds the first members, and how many there are. Core reads such a value and writes its members
// anew; here they are taken as they stand, so that what would be written otherwise is refused.
class Members {
 public:
  static constexpr size_t kMost = 12;  // that are shown

  // False: the text is no JSON, or core has to look at it.
  bool find(std::string_view text);
  size_t count() const { return count_; }
  // Put a member as it is shown. False: core has to look at it, or there is no memory.
  bool show(size_t number, Buffer& out) const;

 private:
  bool skip_value(int depth);
  bool skip_container(int depth);
  bool skip_string();
  bool skip_number();
  bool take(char byte);
  char next() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  std::string_view text_;
  size_t at_ = 0, count_ = 0;
  std::string_view keys_[kMost], values_[kMost];
};

}  // namespace foundation
