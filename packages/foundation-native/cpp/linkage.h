// `INTERNAL` stands in front of functions that one other file calls. All files are compiled as one
// unit (hatch_build.py, which defines FOUNDATION_ONE_UNIT), and there such a function is static, so
// that the compiler can put it where it is called: a line takes 2 % more instructions without.
// `FUSED` stands in front of those of a common line's way that rare calls enter as well: the
// compiler would give them a call of their own for it, 1 % of a line.
#pragma once

#ifdef FOUNDATION_ONE_UNIT
#define INTERNAL static
#else
#define INTERNAL
#endif

#if defined(FOUNDATION_ONE_UNIT) && defined(__GNUC__)
#define FUSED static inline __attribute__((always_inline))
#else
#define FUSED INTERNAL
#endif
