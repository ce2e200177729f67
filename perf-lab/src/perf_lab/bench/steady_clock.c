/* A clock that moves 10 microseconds each time that it is read, for perf_lab/bench/instructions.py.
 *
 * Preloaded, it makes what a process does once a second independent of how fast the machine is at
 * the moment, so that the instructions of unchanged code are the same in each run. What is to be
 * counted lies between begin() and end(), and end() has the count written to a file.
 */
#define _GNU_SOURCE
#include <time.h>
#include <valgrind/callgrind.h>

static long long reads;

int clock_gettime(clockid_t clock, struct timespec *result) {
    long long now = 1700000000000000000LL + 10000 * ++reads;
    (void)clock;
    result->tv_sec = now / 1000000000;
    result->tv_nsec = now % 1000000000;
    return 0;
}

void begin(void) {
    CALLGRIND_START_INSTRUMENTATION;
    CALLGRIND_ZERO_STATS; /* what follows is not the first count of this process */
}

void end(void) {
    CALLGRIND_DUMP_STATS;
    CALLGRIND_STOP_INSTRUMENTATION;
}
