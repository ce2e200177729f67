#include "screen.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "codes.h"
#include "row.h"

namespace foundation {
namespace {

constexpr std::string_view kGutter = "       ";  // of a line that has no emoji

bool begins(std::string_view text, std::string_view with) {
  return text.size() >= with.size() && std::memcmp(text.data(), with.data(), with.size()) == 0;
}

// Take what stands in front of the next escape character.
std::string_view take_text(std::string_view& rest) {
  const auto* found = static_cast<const char*>(std::memchr(rest.data(), '\x1b', rest.size()));
  const size_t size = found == nullptr ? rest.size() : static_cast<size_t>(found - rest.data());
  const std::string_view text = rest.substr(0, size);
  rest.remove_prefix(size);
  return text;
}

bool take(std::string_view& rest, std::string_view expected) {
  if (!begins(rest, expected)) return false;
  rest.remove_prefix(expected.size());
  return true;
}

std::string_view view_of(PyObject* bytes) {
  return {PyBytes_AS_STRING(bytes), static_cast<size_t>(PyBytes_GET_SIZE(bytes))};
}

// The context of a line: its fields, and what stands for them.
struct Folded {
  PyObject* known = nullptr;  // owned: what the tags have found last
  std::string_view members, tag;
  Py_ssize_t columns = 0;

  ~Folded() { Py_XDECREF(known); }

  // False: core has not shown this context yet, or an error has come and gone.
  bool find(const Screen& screen, PyObject* context) {
    known = PyObject_GetAttr(screen.tags, screen.word_known);
    if (known == nullptr || !PyTuple_CheckExact(known) || PyTuple_GET_SIZE(known) != 4 ||
        PyTuple_GET_ITEM(known, 0) != context || !PyBytes_Check(PyTuple_GET_ITEM(known, 1)) ||
        !PyBytes_Check(PyTuple_GET_ITEM(known, 2))) {
      PyErr_Clear();
      return false;
    }
    members = view_of(PyTuple_GET_ITEM(known, 1));
    tag = view_of(PyTuple_GET_ITEM(known, 2));
    columns = PyLong_AsSsize_t(PyTuple_GET_ITEM(known, 3));
    return columns > 0 && !tag.empty();
  }
};

// The head of a flat line.
struct Head {
  std::string_view before;  // the time and the level
  std::string_view name, gap, event;
  std::string_view whole;  // all but the event

  bool take_from(std::string_view& rest) {
    const char* begin = rest.data();
    const size_t name_at = rest.find(codes::kQuiet, 1);
    if (name_at == std::string_view::npos) return false;
    before = rest.substr(0, name_at);
    rest.remove_prefix(name_at);
    const char* name_begins = rest.data();
    rest.remove_prefix(codes::kQuiet.size());
    take_text(rest);
    if (!take(rest, codes::kReset)) return false;
    name = {name_begins, static_cast<size_t>(rest.data() - name_begins)};
    gap = take_text(rest);
    whole = {begin, static_cast<size_t>(rest.data() - begin)};
    if (!take(rest, codes::kEvent)) return false;
    event = take_text(rest);
    return take(rest, codes::kReset);
  }
};

bool put_head(const Screen& screen, const Head& head, Row& row) {
  const size_t blanks = std::min(head.gap.find_first_not_of(' '), head.gap.size());
  const bool has_emoji = blanks < head.gap.size();
  if (screen.is_wide) {
    return row.put_uncounted(head.whole) &&
           (!screen.has_gutter || has_emoji || row.put_uncounted(kGutter));
  }
  if (!row.put_uncounted(head.before)) return false;
  if (!screen.has_gutter) return true;
  return row.put_uncounted(has_emoji ? head.gap.substr(blanks) : kGutter);
}

// Put what stands behind the event, but for what is the context's.
bool put_parts(std::string_view rest, const Folded& folded, bool& is_folded, Row& row) {
  while (rest.size() > 1) {  // the line end
    if (!folded.members.empty() && !is_folded && begins(rest, folded.members)) {
      is_folded = true;
      rest.remove_prefix(folded.members.size());
      continue;
    }
    if (!take(rest, " ")) return false;
    if (take(rest, codes::kKey)) {
      const std::string_view key = take_text(rest);
      if (!take(rest, codes::kQuiet) || !take(rest, "=") || rest.size() < codes::kQuiet.size()) return false;
      const std::string_view code = rest.substr(0, codes::kQuiet.size());
      rest.remove_prefix(code.size());
      if (!row.put_field(key, code, take_text(rest))) return false;
    } else if (!take(rest, codes::kQuiet) || !row.put_constant(take_text(rest))) {
      return false;
    }
    if (!take(rest, codes::kReset)) return false;
  }
  return true;
}

}  // namespace

Screen::~Screen() {
  Py_XDECREF(event_codes);
  Py_XDECREF(tags);
  Py_XDECREF(word_known);
}

bool lay_out(const Screen& screen, PyObject* context, int index, const Buffer& line,
             Buffer& rows) {
  std::string_view rest(line.data(), line.size());
  const size_t size = rest.find('\n') + 1;  // of the row; a stack and an exception follow
  if (!screen.is_usual || size < 2 || index >= PyTuple_GET_SIZE(screen.event_codes)) return false;
  const std::string_view details = rest.substr(size);
  rest = rest.substr(0, size);
  Folded folded;
  const bool has_context = context != nullptr && context != Py_None;
  if (has_context && !folded.find(screen, context)) return false;
  Head head;
  if (!head.take_from(rest)) return false;
  Row row(rows, screen.width, screen.hang);
  const std::string_view code = view_of(PyTuple_GET_ITEM(screen.event_codes, index));
  bool is_folded = false;
  if (!put_head(screen, head, row) || !row.put_event(code, head.event) ||
      !put_parts(rest, folded, is_folded, row) || has_context != is_folded) {
    return false;
  }
  if (is_folded && !row.put_made(folded.tag.substr(1), folded.columns)) return false;
  if (head.name.find("://") != std::string_view::npos) return false;
  if (!screen.is_wide) {
    const std::string_view name = head.name.substr(
        codes::kQuiet.size(), head.name.size() - codes::kQuiet.size() - codes::kReset.size());
    if (!row.put_name(head.name, columns_of(name))) return false;
  }
  return row.put_blocks() && rows.append('\n') && put_fitting(rows, details, screen.width);
}

}  // namespace foundation
