#include "block.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "codes.h"
#include "members.h"
#include "row.h"

namespace foundation {
namespace {

constexpr Py_ssize_t kMostInline = 60;  // columns of a nested value that stands in its line
constexpr size_t kMostRows = Members::kMost;
constexpr size_t kLongestBlock = 100'000;  // a longer value is cut as a text
constexpr Py_ssize_t kUsualWidth = 200, kLeastRoom = 10;
constexpr std::string_view kBar = " \xe2\x94\x82 ", kMore = "\xe2\x8b\xae ", kCut = "\xe2\x80\xa6";

bool put(Buffer& out, std::string_view text) { return out.append(text.data(), text.size()); }

// A text in quotes, line by line.
class Lines {
 public:
  // Line ends at the end of the text are none of its own.
  explicit Lines(std::string_view body) {
    size_t end = 0, ends = 0;
    for (size_t at = 0; at < body.size(); at += body[at] == '\\' ? 2 : 1) {
      if (body[at] == '\\' && body[at + 1] == 'n') {
        ++ends;
      } else {
        end = at + (body[at] == '\\' ? 2 : 1);
        count_ = ends + 1;
      }
    }
    rest_ = body.substr(0, end);
  }

  size_t count() const { return count_; }

  // Put the next line as people read it. False: core has to look at it, or there is no memory.
  bool show(Buffer& out) {
    while (!rest_.empty()) {
      const size_t size = std::min(rest_.find('\\'), rest_.size());
      if (!put(out, rest_.substr(0, size))) return false;
      rest_.remove_prefix(size);
      if (rest_.empty()) return true;
      const char escaped = rest_[1];
      if (escaped == 'u') {
        if (!show_code(out)) return false;
        continue;
      }
      rest_.remove_prefix(2);
      if (escaped == 'n') return true;
      if (!show_escaped(escaped, out)) return false;
    }
    return true;
  }

 private:
  static bool show_escaped(char escaped, Buffer& out) {
    switch (escaped) {
      case '"':
      case '\\':
        return out.append(escaped);
      case 't':
        return out.append("    ");
      case 'r':
        return out.append("\\r");
      case 'b':
        return out.append("\\x08");
      case 'f':
        return out.append("\\x0c");
      default:
        return false;
    }
  }

  // Below 256 two digits say it.
  bool show_code(Buffer& out) {
    constexpr size_t kSize = 6;
    if (rest_.size() < kSize || rest_[2] == 'd') return false;  // perhaps half of a character
    const bool is_short = rest_[2] == '0' && rest_[3] == '0';
    const bool room = is_short ? out.append("\\x") && put(out, rest_.substr(4, 2))
                               : put(out, rest_.substr(0, kSize));
    rest_.remove_prefix(kSize);
    return room;
  }

  std::string_view rest_;
  size_t count_ = 0;
};

// Shorten a line to some columns, with a sign where it is cut. False: core has to look
// at it, or there is no memory.
bool cut(Buffer& line, Py_ssize_t room) {
  const Py_ssize_t columns = columns_of({line.data(), line.size()});
  if (columns < 0) return false;
  if (columns <= room) return true;
  char* at = line.begin();
  for (Py_ssize_t kept = 0;; ++at) {
    if ((static_cast<unsigned char>(*at) & 0xC0) != 0x80 && kept++ == room - 1) break;
  }
  line.advance_to(at);
  return put(line, kCut);
}

// One block in the making.
class Making {
 public:
  Making(Buffer& out, std::string_view key, Py_ssize_t hang, Py_ssize_t width)
      : out_(out), key_(key), hang_(static_cast<size_t>(hang)) {
    const auto size = static_cast<Py_ssize_t>(key.size());
    room_ = std::max((width != 0 ? width : kUsualWidth) - hang - size - 3, kLeastRoom);
  }

  template <typename Show>
  Block put_all(size_t count, Show show) {
    if (count < 2) return Block::kNone;
    for (size_t number = 0; number < std::min(count, kMostRows); ++number) {
      line_.advance_to(line_.begin());
      if (!show(number, line_) || !cut(line_, room_) || !put_row(number == 0)) {
        return Block::kUnknown;
      }
    }
    return count <= kMostRows || put_rest(count - kMostRows) ? Block::kPut : Block::kUnknown;
  }

 private:
  bool put_blanks(size_t count) {
    if (!out_.reserve(count + 1)) return false;
    char* cursor = out_.cursor();
    *cursor++ = '\n';
    std::memset(cursor, ' ', count);
    out_.advance_to(cursor + count);
    return true;
  }

  bool put_row(bool is_first) {
    const bool led = is_first ? put_blanks(hang_) && put(out_, codes::kKey) && put(out_, key_) &&
                                    put(out_, codes::kReset)
                              : put_blanks(hang_ + key_.size());
    return led && put(out_, codes::kQuiet) && put(out_, kBar) && put(out_, codes::kReset) &&
           put_underlined(out_, {line_.data(), line_.size()});
  }

  bool put_rest(size_t count) {
    if (!put_blanks(hang_ + key_.size() + 1) || !put(out_, codes::kQuiet) || !put(out_, kMore) ||
        !out_.reserve(24)) {
      return false;
    }
    out_.advance_to(std::to_chars(out_.cursor(), out_.cursor() + 24, count).ptr);
    return put(out_, " more lines") && put(out_, codes::kReset);
  }

  Buffer& out_;
  Buffer line_;
  std::string_view key_;
  size_t hang_;
  Py_ssize_t room_;
};

}  // namespace

INTERNAL Block put_block(Buffer& out, std::string_view key, std::string_view value,
                         Py_ssize_t columns, Py_ssize_t hang, Py_ssize_t width) {
  const char first = value.empty() ? '\0' : value[0];
  const bool is_nested = (first == '{' || first == '[') && columns > kMostInline;
  if (!is_nested && (first != '"' || value.find("\\n") == std::string_view::npos)) {
    return Block::kNone;
  }
  if (value.size() > kLongestBlock) return Block::kUnknown;
  const size_t start = out.size();
  Making making(out, key, hang, width);
  Block block;
  if (is_nested) {
    Members members;
    if (!members.find(value)) return Block::kUnknown;
    block = making.put_all(members.count(), [&](size_t number, Buffer& line) {
      return members.show(number, line);
    });
  } else {
    Lines lines(value.substr(1, value.size() - 2));
    block = making.put_all(lines.count(), [&](size_t, Buffer& line) { return lines.show(line); });
  }
  if (block != Block::kPut) out.advance_to(out.begin() + start);
  return block;
}

}  // namespace foundation
