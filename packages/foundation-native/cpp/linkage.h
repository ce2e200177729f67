// `INTERNAL` stands in front of functions that one other file calls. All files are compiled as one
// unit (hatch_build.py, which defines FOUNDATION_ONE_UNIT), and there such a function is static, so
// that the compiler can put it where it is called: a line takes 2 % more instructions without.
#pragma once

#ifdef FOUNDATION_ONE_UNIT
#define INTERNAL static
#else
#define INTERNAL
#endif
