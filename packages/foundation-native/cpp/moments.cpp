#include "moments.h"

#include <datetime.h>

#include <cstdint>
#include <cstring>

namespace foundation {
namespace {

constexpr int64_t kMicros = 1000000;

char* put_digits(char* cursor, int number, int digits) {
  for (int place = digits - 1; place >= 0; --place) {
    cursor[place] = static_cast<char>('0' + number % 10);
    number /= 10;
  }
  return cursor + digits;
}

char* put_date(char* cursor, int year, int month, int day) {
  cursor = put_digits(cursor, year, 4);
  *cursor++ = '-';
  cursor = put_digits(cursor, month, 2);
  *cursor++ = '-';
  return put_digits(cursor, day, 2);
}

char* put_clock(char* cursor, int hour, int minute, int second, int micros) {
  cursor = put_digits(cursor, hour, 2);
  *cursor++ = ':';
  cursor = put_digits(cursor, minute, 2);
  *cursor++ = ':';
  cursor = put_digits(cursor, second, 2);
  if (micros == 0) return cursor;
  *cursor++ = '.';
  return put_digits(cursor, micros, 6);
}

char* put_offset(char* cursor, int64_t micros) {
  *cursor++ = micros < 0 ? '-' : '+';
  if (micros < 0) micros = -micros;
  const int seconds = static_cast<int>(micros / kMicros);
  const int rest = static_cast<int>(micros % kMicros);
  cursor = put_digits(cursor, seconds / 3600, 2);
  *cursor++ = ':';
  cursor = put_digits(cursor, seconds / 60 % 60, 2);
  if (seconds % 60 == 0 && rest == 0) return cursor;
  *cursor++ = ':';
  cursor = put_digits(cursor, seconds % 60, 2);
  if (rest == 0) return cursor;
  *cursor++ = '.';
  return put_digits(cursor, rest, 6);
}

// Put the offset of a time zone. Null: core has to be asked.
char* put_zone(const Lane* lane, PyObject* zone, PyObject* moment, char* cursor) {
  if (zone == Py_None) return cursor;
  if (zone == lane->utc) return put_offset(cursor, 0);
  const Plan* plan = lane->plans.find(Py_TYPE(zone));
  if (plan == nullptr || plan->writing != Writing::kZone) return nullptr;
  PyObject* offset = PyObject_CallMethodObjArgs(zone, lane->words.offset, moment, nullptr);
  if (offset == nullptr) {
    PyErr_Clear();
    return nullptr;
  }
  if (offset != Py_None) {
    // What this compiled method returns is a timedelta of less than a day.
    const int64_t seconds = static_cast<int64_t>(PyDateTime_DELTA_GET_DAYS(offset)) * 86400 +
                            PyDateTime_DELTA_GET_SECONDS(offset);
    cursor = put_offset(cursor, seconds * kMicros + PyDateTime_DELTA_GET_MICROSECONDS(offset));
  }
  Py_DECREF(offset);
  return cursor;
}

}  // namespace

PyObject* zone_of_moment(PyObject* moment) { return PyDateTime_DATE_GET_TZINFO(moment); }

PyObject* zone_of_time(PyObject* time) { return PyDateTime_TIME_GET_TZINFO(time); }

bool has_foreign_zone(const Lane* lane, PyObject* moment) {
  PyObject* zone = PyDateTime_DATE_GET_TZINFO(moment);
  return zone != Py_None && zone != lane->utc;
}

bool spell_moment(const Lane* lane, PyObject* moment, ShortText& text) {
  char* cursor = put_date(text.bytes, PyDateTime_GET_YEAR(moment), PyDateTime_GET_MONTH(moment),
                          PyDateTime_GET_DAY(moment));
  *cursor++ = 'T';
  cursor = put_clock(cursor, PyDateTime_DATE_GET_HOUR(moment), PyDateTime_DATE_GET_MINUTE(moment),
                     PyDateTime_DATE_GET_SECOND(moment), PyDateTime_DATE_GET_MICROSECOND(moment));
  cursor = put_zone(lane, PyDateTime_DATE_GET_TZINFO(moment), moment, cursor);
  if (cursor == nullptr) return false;
  text.size = static_cast<size_t>(cursor - text.bytes);
  return true;
}

bool spell_date(PyObject* date, ShortText& text) {
  (void)PyDateTimeAPI;  // only the layouts are used here
  const char* end = put_date(text.bytes, PyDateTime_GET_YEAR(date), PyDateTime_GET_MONTH(date),
                             PyDateTime_GET_DAY(date));
  text.size = static_cast<size_t>(end - text.bytes);
  return true;
}

bool spell_time(const Lane* lane, PyObject* time, ShortText& text) {
  char* cursor =
      put_clock(text.bytes, PyDateTime_TIME_GET_HOUR(time), PyDateTime_TIME_GET_MINUTE(time),
                PyDateTime_TIME_GET_SECOND(time), PyDateTime_TIME_GET_MICROSECOND(time));
  cursor = put_zone(lane, PyDateTime_TIME_GET_TZINFO(time), Py_None, cursor);
  if (cursor == nullptr) return false;
  text.size = static_cast<size_t>(cursor - text.bytes);
  return true;
}

bool spell_duration(PyObject* duration, ShortText& text) {
  constexpr int64_t kExact = int64_t{1} << 53;  // a double holds each microsecond up to here
  const int64_t seconds = static_cast<int64_t>(PyDateTime_DELTA_GET_DAYS(duration)) * 86400 +
                          PyDateTime_DELTA_GET_SECONDS(duration);
  if (seconds > kExact / kMicros - 1 || seconds < -(kExact / kMicros - 1)) return false;
  const int64_t micros = seconds * kMicros + PyDateTime_DELTA_GET_MICROSECONDS(duration);
  char* spelt = PyOS_double_to_string(static_cast<double>(micros) / 1e6, 'r', 0,
                                      Py_DTSF_ADD_DOT_0, nullptr);
  if (spelt == nullptr) {
    PyErr_Clear();
    return false;
  }
  text.size = std::strlen(spelt);
  std::memcpy(text.bytes, spelt, text.size);  // a double takes 24 characters at most
  PyMem_Free(spelt);
  return true;
}

}  // namespace foundation
