// Where the parts of one line come from: what is kept of the logger and of the context.
#pragma once

#include <Python.h>

#include "call.h"
#include "linkage.h"
#include "outcome.h"
#include "prefix.h"

namespace foundation {

// Where the fields of one line come from; all of it is borrowed, but what another thread may replace.
struct Sources {
  const Prefix* prefix;      // of the logger
  bool cold;                 // the bound fields are encoded with this line
  PyObject* bound;           // fields
  const Prefix* around;      // of the context; null: there is none
  PyObject* context_fields;  // null: there is no context
#if FOUNDATION_FREE_THREADED
  Borrowed holder, context_holder;  // of the two prefixes
#endif
};

// Find them. `kColdLogger`, `kColdContext`: there is nothing yet.
INTERNAL Outcome find_sources(const Lane* lane, const Call& call, PyObject* context, Sources* from);

// Say whether a key of the call, or of `others`, is among `fields`. All keys are exact strings.
INTERNAL bool share_a_key(const Call& call, PyObject* others, PyObject* fields);

}  // namespace foundation
