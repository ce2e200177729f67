// How an attempt to make and write a line ended, which says what is done next.
#pragma once

#include "linkage.h"
#include "rare.h"

namespace foundation {

enum class Outcome {
  kGoOn,  // nothing has ended it: the next step comes
  kGoOnBehind,  // the same, and something stands behind the fields
  kWritten,
  kNeedsPython,   // the Python lanes have the rule for it: they take the whole call
  kUnknownKey,    // core has to be asked about a key first
  kTooManyKeys,   // core has been asked, and some are still unknown: the Python lanes take the call
  kUnknownValue,  // core has to be asked about a value or a type first
  kColdLogger,    // the logger's prefix has to be made first
  kColdContext,   // the context's prefix has to be made first
  kUnknownEmoji,  // core has to be asked for the emoji, or how wide they are, first
  kNoMemory,      // so the Python lanes would not get far either
  kSuperseded,    // a later set-up has taken over: its methods take the call
  kRaised         // an exception is set
};

// Say what to do about an exception, which is set: it is forgotten, unless it is an interrupt.
INTERNAL RARE Outcome outcome_of_exception();

}  // namespace foundation
