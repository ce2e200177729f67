// What the level methods of one configuration share: `Lane`, a Python object.
#pragma once

#include <Python.h>

#include <cstdint>

#include "clock.h"
#include "emoji_cache.h"
#include "keys.h"
#include "people.h"
#include "plans.h"
#include "screen.h"
#include "second.h"
#include "stream.h"
#include "threads.h"
#include "trace_fields.h"
#include "words.h"

namespace foundation {

enum class Format { kJson, kLogfmt, kCompact };

// Where the attributes of core's slotted classes lie.
struct Offsets {
  Py_ssize_t bound, rendered, site;             // Logger
  Py_ssize_t ahead, name, threshold;            // NamedLogger
  Py_ssize_t context_fields, context_rendered;  // Context
  Py_ssize_t count, bytes;                      // the counter of a level
  Py_ssize_t next_sample, samples;              // LatencyRing
};

struct Lane {
  enum class State : uint8_t {
    kActive,
    kFailover,   // while a fault lasts, every line goes whole to the writer's `recover`
    kSuperseded  // a later set-up has taken over
  };

  PyObject_HEAD
  PyObject* owner;  // the `NativeLane`, which has everything that is rare
  PyTypeObject* logger_type;
  PyTypeObject* named_type;
  PyTypeObject* context_type;
  PyTypeObject* counter_type;
  PyTypeObject* ring_type;
  PyTypeObject* prefix_type;
  PyObject* stats;         // has the ring of samples; another one once it has been cleared
  PyObject* current;       // the ContextVar
  PyObject* joined;        // that of what core's `join_context` has found last
  PyObject* foreign;       // structlog's variables, by name; or true or false
  Lane* sibling;           // makes the other format of a group's lines, see several.h; or null
  PyObject* each_time;     // what stands for the prefix of a context in the second of these lanes
  PyObject* cold;          // stands for the lane while a bound logger has no line yet (prefix.h)
  PyObject* written_once;  // what a bound logger holds after its first line
  PyObject* enrichment;    // what extensions add, core's `Enrichment`; or null
  PyObject* line_hook;     // the exporter hook that takes encoded lines, or null
  PyObject* take;          // the sink's `deliver`, where it takes the lines
  PyObject* end;           // bytes that end a line
  PyObject* utc;           // `datetime.UTC`
  PyObject* rendering;     // core's `RENDERING`: whether this thread runs code of a value's
  PyObject* plain_dtypes;  // those of arrays of plain numbers, once numpy is there; or null
  KeyTable keys;
  KeyTable inner_keys;  // those inside of values, which may be anything: apart
  PlanTable plans;
  Words words;
  Clock clock;
  EmojiCache emoji_cache;
  EmojiFieldsTable emoji_fields;
  TraceFields trace_fields;  // where the one provider has a version stamp
  Offsets at;
  Stream stream;
  Second second;
  Py_ssize_t longest_line;
  Py_ssize_t longest_string;
  Py_ssize_t most_items;   // of one container
  Py_ssize_t most_nodes;   // of all containers of a line
  Py_ssize_t most_fields;  // of a line
  Py_ssize_t nested_at;    // bytes between the event and the object of the fields; 0: there is none
  Shared<int64_t> uncounted;  // lines that were lost when there was no memory even to count them
  int most_depth;
  int descriptor;    // -1: the sink takes the lines
  int digits;        // of a second's fraction: 0, 3 or 6
  Py_ssize_t place;  // of its prefix with a logger: 0, or 2 in the second lane of a group
  Format format;
  Shared<State> state;
  bool may_keep_gil;       // the configuration says so
  Shared<bool> keeps_gil;          // and the file system waits for nobody
  bool has_version_stamp;  // the one provider of trace fields has one
  bool plus_in_exponent;   // as the installed orjson has it
  Shared<bool> has_emoji;          // lines have emoji
  bool caches_emoji;       // they depend on the fields that core has named, and on no others
  bool has_trace_fields;   // lines end with those of extensions, or after an object of fields
  bool is_traced;          // extensions give some
  bool usual_event;        // lines have nothing but the event in its place, and fields at the top
  bool puts_details;       // an exception and a stack have their place in this format's lines
  bool asks_for_details;   // core encodes them, and call sites: they have forms of their own here
  bool plain_exceptions;   // none of the keys of an exception's description is secret
  bool puts_stack_trace;   // lines have the text of an exception beside its object
  bool puts_callsite;      // each line says where it was logged
  bool looks_closer;       // lines have emoji or a call site
  bool measures;           // the sink looks now and then whether the file has grown too long
  bool hooks_need_fields;  // exporter hooks take fields: lines with masked or nested values need
                           // Python
  People people;           // in `Format::kCompact`
  Screen screen;
};

inline Lane* lane_of(PyObject* self) { return reinterpret_cast<Lane*>(self); }

template <typename T>
inline T*& slot_of(PyObject* object, Py_ssize_t offset) {
  return *reinterpret_cast<T**>(reinterpret_cast<char*>(object) + offset);
}

// Put a new reference into a slot of a Python object.
inline void set_slot(PyObject* object, Py_ssize_t offset, PyObject* fresh) {
  replace_in(object, slot_of<PyObject>(object, offset), fresh);
}

// Refresh the clock for a new second: core looks after the sink, and makes the text. False: an
// error is set.
bool refresh_clock(Lane* lane, int64_t number);

inline PyObject* site_of(const Lane* lane, PyObject* logger) {
  return slot_of<PyObject>(logger, lane->at.site);
}

inline PyObject* bound_of(const Lane* lane, PyObject* logger) {
  return slot_of<PyObject>(logger, lane->at.bound);
}

// Say whether a logger has what is read of it. One that `get_logger` and `bind` have not made may
// have nothing, or anything.
inline bool is_made(const Lane* lane, PyObject* logger) {
  PyObject* site = site_of(lane, logger);
  PyObject* bound = bound_of(lane, logger);
  return site != nullptr && bound != nullptr && PyDict_Check(bound) &&
         (Py_IS_TYPE(site, lane->named_type) || PyObject_TypeCheck(site, lane->named_type)) &&
         slot_of<PyObject>(site, lane->at.threshold) != nullptr;
}

int add_lane_type(PyObject* module);

}  // namespace foundation
