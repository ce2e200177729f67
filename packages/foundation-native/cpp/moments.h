// Dates, times and durations, as ISO 8601 and as seconds.
#pragma once

#include <Python.h>

#include "lane.h"

namespace foundation {


struct ShortText {
  static constexpr size_t kLongest = 64;
  char bytes[kLongest];
  size_t size = 0;
};

// Each gives the text of an exact object. False: core has to be asked; no error is set.
bool spell_moment(const Lane* lane, PyObject* moment, ShortText& text);
bool spell_date(PyObject* date, ShortText& text);
bool spell_time(const Lane* lane, PyObject* time, ShortText& text);
bool spell_duration(PyObject* duration, ShortText& text);

// Return the time zone of an exact datetime, or time: borrowed.
PyObject* zone_of_moment(PyObject* moment);
PyObject* zone_of_time(PyObject* time);

// Say whether the text of a moment depends on its time zone's code.
bool has_foreign_zone(const Lane* lane, PyObject* moment);

}  // namespace foundation
