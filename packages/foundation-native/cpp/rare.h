// `RARE` stands in front of functions that a common call does not enter. The compiler puts them
// apart, takes a branch that leads to one for the unlikely one, and so keeps what is common close
// together: 0.97 of a line.
#pragma once

#if defined(__GNUC__)
#define RARE __attribute__((cold))
#else
#define RARE
#endif
