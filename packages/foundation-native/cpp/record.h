// One log record, from the call to the written line: the steps of a line in the order in which core
// takes them, fused for the common call.
//
// The line is made in a buffer on the stack. Whatever is rare (an exception, a value of another
// type) ends the attempt before anything has been written, and the call goes to the Python lanes,
// which write the same line that this file would. A reserved key, a field that overrides another
// and the like end it, too, and it is made again with the call rewritten, see rewrite.h.
#pragma once

#include <Python.h>

#include "buffer.h"
#include "call.h"
#include "clock.h"
#include "linkage.h"
#include "method.h"
#include "outcome.h"
#include "questions.h"

namespace foundation {

// Make and write the line of a call with a string event and no positional arguments. Null: an
// interrupt is set; nothing else leaves a log call.
FUSED PyObject* write_record(Method* method, const Call& call, PyObject* context,
                             const Moment& now);

// Where the line of a call goes that is written to several outputs; and what core has been asked
// about its values, which all of its lines share.
struct Kept {
  Buffer* line;
  Questions* questions;
  bool is_computed;  // no value is lazy any more, or may be computed
};

// Make the line of such a call, for `call.kept`. `kWritten`: it is there.
APART Outcome make_line(Method* method, const Call& call, PyObject* context, const Moment& now);

}  // namespace foundation
