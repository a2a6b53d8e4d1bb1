/*
 * timing.h: how long work takes.  For people and benchmarks; never part of an answer
 * that has to be the same twice.
 */
#ifndef COMMON_TIMING_H
#define COMMON_TIMING_H

#include <stddef.h>
#include <stdint.h>

enum { TIMING_NS_PER_S = 1000000000 };

/* Nanoseconds since some moment: of the wall clock, or of this thread's CPU time. */
uint64_t timing_ns(void);
uint64_t timing_thread_ns(void);

/* Seconds between two of those. */
double timing_seconds(uint64_t from_ns, uint64_t to_ns);

struct timing {
    double best, median; /* of an even count: the larger of the middle two */
};

/* Of n >= 1 times, which are sorted. */
struct timing timing_of(double *seconds, size_t n);

#endif
