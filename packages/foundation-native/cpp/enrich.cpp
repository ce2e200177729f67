#include "enrich.h"

#include "call.h"
#include "rare.h"
#include "shown_event.h"

namespace foundation {
namespace {

// Add to a cache key each field of a dict that the emoji depend on. False: a key is unknown.
bool add_fields(const Lane* lane, PyObject* fields, EmojiKey& cache_key) {
  Py_ssize_t position = 0;
  PyObject *name, *value;
  while (PyDict_Next(fields, &position, &name, &value)) {
    const Key* key = PyUnicode_CheckExact(name) ? lane->keys.find(name) : nullptr;
    if (key == nullptr) return false;
    if (key->affects_emoji) cache_key.add(name, value);
  }
  return true;
}

// Do so with the fields of a call, and remember where they stand among its names.
bool add_fields(Lane* lane, const Call& call, EmojiKey& cache_key) {
  EmojiFields emoji_fields{};
  for (Py_ssize_t index = 0; index < call.field_count(); ++index) {
    PyObject* name = PyTuple_GET_ITEM(call.names, index);
    // A subclass may run code to find its hash.
    const Key* key = PyUnicode_CheckExact(name) ? lane->keys.find(name) : nullptr;
    if (key == nullptr) return false;
    if (!key->affects_emoji) continue;
    cache_key.add(name, call.values[index]);
    if (emoji_fields.size == EmojiFields::kMost || index > INT16_MAX) emoji_fields.size = -1;
    if (emoji_fields.size >= 0)
      emoji_fields.places[emoji_fields.size++] = static_cast<int16_t>(index);
  }
  lane->emoji_fields.keep(call.names, emoji_fields);
  return true;
}

// Make the cache key of a line. Bound fields and context fields are null where
// none of them matters. False: a key is unknown, or the line takes too large a cache key.
bool make_key(Lane* lane, const Call& call, PyObject* bound, PyObject* context,
              EmojiKey& cache_key) {
  if (call.names != nullptr) {
    const EmojiFields* known = lane->emoji_fields.find(call.names);
    if (known != nullptr) {
      if (known->size < 0) return false;
      cache_key.add(*known, call.values);
    } else if (!add_fields(lane, call, cache_key)) {
      return false;
    }
  }
  return (bound == nullptr || add_fields(lane, bound, cache_key)) &&
         (context == nullptr || add_fields(lane, context, cache_key));
}

// Give a written line to the one hook that takes lines. False: an error is set.
bool give_line_to_hook(const Method* method, const Line& line) {
  PyObject* data =
      PyBytes_FromStringAndSize(line.out.data(), static_cast<Py_ssize_t>(line.out.size()));
  if (data == nullptr) return false;
  PyObject* done = PyObject_CallFunction(method->lane->line_hook, "iO", method->level, data);
  Py_DECREF(data);
  Py_XDECREF(done);
  return done != nullptr;
}

// Give the fields of a written line to the hooks. False: an error is set.
bool give_fields_to_hooks(const Method* method, const Call& call, PyObject* context,
                          double seconds) {
  PyObject* fields = fields_of(call);
  if (fields == nullptr) return false;
  PyObject* done = call_by_name(method->lane->enrichment, "call_exporters", "idOOOO",
                                method->level, seconds, call.logger, call.event, fields, context);
  Py_DECREF(fields);
  Py_XDECREF(done);
  return done != nullptr;
}

// Return, as a new reference, the trace fields that have a version stamp. Null: an error is set.
PyObject* find_stamped(Lane* lane) {
  PyObject* found = lane->trace_fields.find();
  if (found == nullptr && PyErr_Occurred() == nullptr) {
    found = lane->trace_fields.refresh(lane->enrichment, lane->nested_at != 0);
  }
  return found;
}

// Put what ends a line whose fields stand in an object. Where there are trace fields core says what
// of them belongs into it and what follows it, and closes both.
RARE Outcome put_nested_ending(Lane* lane, Line& line) {
  PyObject* ending = nullptr;
  if (lane->is_traced) {
    ending = lane->has_version_stamp ? find_stamped(lane)
                                     : call_by_name(lane->enrichment, "refresh", nullptr);
    if (ending == nullptr) return Outcome::kRaised;
  }
  PyObject* put = ending;
  if (put == nullptr || (PyBytes_Check(put) && PyBytes_GET_SIZE(put) == 0)) put = lane->end;
  Outcome outcome = Outcome::kNeedsPython;
  if (PyBytes_Check(put)) {
    const bool closed = line.close_fields(PyBytes_AS_STRING(put),
                                          static_cast<size_t>(PyBytes_GET_SIZE(put)));
    outcome = closed ? Outcome::kGoOn : Outcome::kNoMemory;
  }
  Py_XDECREF(ending);
  return outcome;
}

}  // namespace

bool look_up_emoji(Lane* lane, const Call& call, PyObject* bound, PyObject* context,
                   EmojiFields* fields, Emoji& emoji) {
  if (!lane->caches_emoji) return false;
  PyObject* name = slot_of<PyObject>(site_of(lane, call.logger), lane->at.name);
  EmojiKey cache_key(name, call.event);
  if (!make_key(lane, call, bound, context, cache_key)) return false;
  PyObject* found = lane->emoji_cache.find(cache_key);
  if (found == nullptr) return false;
  emoji.text = found;
  if (fields != nullptr && fields->size >= 0)
    fields->remember(name, call.event, call.values, found);
  return true;
}

RARE bool ask_for_emoji(Lane* lane, const Call& call, PyObject* context, Emoji& emoji) {
  const uint64_t generation = lane->emoji_cache.generation();
  PyObject* fields = fields_of(call);
  if (fields == nullptr) return false;
  emoji.text = call_by_name(lane->enrichment, "encode_emoji", "OOOO", call.logger, call.event,
                            fields, context);
  Py_DECREF(fields);
  if (emoji.text == nullptr) return false;
  if (!PyBytes_CheckExact(emoji.text)) {
    PyErr_SetString(PyExc_TypeError, "emoji are not bytes");
    return false;
  }
  if (!lane->caches_emoji || generation != lane->emoji_cache.generation()) return true;
  EmojiKey cache_key(slot_of<PyObject>(site_of(lane, call.logger), lane->at.name), call.event);
  PyObject* around =
      context == Py_None ? nullptr : slot_of<PyObject>(context, lane->at.context_fields);
  if (make_key(lane, call, bound_of(lane, call.logger), around, cache_key)) {
    lane->emoji_cache.keep(cache_key, emoji.text);
  }
  return true;
}

RARE Outcome put_trace_fields(Lane* lane, Line& line, bool* ended) {
  if (lane->nested_at != 0) {
    *ended = true;
    return put_nested_ending(lane, line);
  }
  const size_t close_size = lane->people.close_size;
  const char* end = PyBytes_AS_STRING(lane->end);
  if (!line.out.append(end, close_size)) return Outcome::kNoMemory;
  PyObject* added;
  if (lane->has_version_stamp) {
    added = find_stamped(lane);
    *ended = added != nullptr && PyBytes_Check(added) && PyBytes_GET_SIZE(added) > 0;
  } else {
    added = call_by_name(lane->enrichment, "encode_trace_fields", nullptr);
  }
  if (added == nullptr) return Outcome::kRaised;
  bool put =
      PyBytes_Check(added) &&
      line.out.append(PyBytes_AS_STRING(added), static_cast<size_t>(PyBytes_GET_SIZE(added)));
  Py_DECREF(added);
  if (put && !*ended && close_size != 0) {  // which closes each of them as well
    *ended = true;
    put = line.out.append(end + close_size,
                          static_cast<size_t>(PyBytes_GET_SIZE(lane->end)) - close_size);
  }
  return put ? Outcome::kGoOn : Outcome::kNeedsPython;
}

Outcome call_exporter_hooks(const Method* method, const Call& call, PyObject* context,
                            const Line& line, const Moment& now) {
  const Lane* lane = method->lane;
  const bool given = lane->line_hook != nullptr
                         ? give_line_to_hook(method, line)
                         : give_fields_to_hooks(method, call, context, now.seconds());
  if (given) return Outcome::kWritten;
  if (!forget_exception()) return Outcome::kRaised;
  PyObject* counted = call_by_name(lane->owner, "count_failed_hook", nullptr);
  Py_XDECREF(counted);
  return counted != nullptr || forget_exception() ? Outcome::kWritten : Outcome::kRaised;
}

}  // namespace foundation
