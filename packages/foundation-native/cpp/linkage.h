// `INTERNAL` stands in front of functions that one other file calls. All files are compiled as one
// unit (hatch_build.py, which defines FOUNDATION_ONE_UNIT), and there such a function is static, so
// that the compiler can put it where it is called: a line takes 2 % more instructions without.
// `FUSED`, and `FUSED_MEMBER` for a method, stand in front of functions on the way of a common line
// that rare calls enter as well: the compiler would give them calls of their own, 2 % of a line.
// `APART` stands in front of functions that lines of one format alone need: put where they are called,
// they would cost those of the others 0.6 %.
#pragma once

#ifdef FOUNDATION_ONE_UNIT
#define INTERNAL static
#else
#define INTERNAL
#endif

#if defined(FOUNDATION_ONE_UNIT) && defined(__GNUC__)
#define FUSED static inline __attribute__((always_inline))
#define FUSED_MEMBER inline __attribute__((always_inline))
#else
#define FUSED INTERNAL
#define FUSED_MEMBER
#endif

#if defined(FOUNDATION_ONE_UNIT) && defined(__GNUC__)
#define APART static __attribute__((noinline))
#else
#define APART INTERNAL
#endif
