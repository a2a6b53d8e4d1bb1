#include "timing.h"

#include <stdlib.h>
#include <time.h>

static uint64_t
of_clock(clockid_t clock)
{
    struct timespec t = {0};

    (void)clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * TIMING_NS_PER_S + (uint64_t)t.tv_nsec;
}

uint64_t
timing_ns(void)
{
    return of_clock(CLOCK_MONOTONIC);
}

uint64_t
timing_thread_ns(void)
{
    return of_clock(CLOCK_THREAD_CPUTIME_ID);
}

double
timing_seconds(uint64_t from_ns, uint64_t to_ns)
{
    return (double)(to_ns - from_ns) / TIMING_NS_PER_S;
}

static int
ascending(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;

    return (a > b) - (a < b);
}

struct timing
timing_of(double *seconds, size_t n)
{
    qsort(seconds, n, sizeof *seconds, ascending);
    return (struct timing){seconds[0], seconds[n / 2]};
}
