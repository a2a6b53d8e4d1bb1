/* test_timing.c: clocks go forward; best and median of any order. */
#include "common/timing.h"
#include "test.h"

int
main(void)
{
    double odd[] = {3, 1, 2}, even[] = {4, 1, 3, 2}, one[] = {5};
    struct timing t = timing_of(odd, 3);
    uint64_t start = timing_ns(), thread = timing_thread_ns();

    CHECK(t.best == 1 && t.median == 2);
    t = timing_of(even, 4);
    CHECK(t.best == 1 && t.median == 3);
    t = timing_of(one, 1);
    CHECK(t.best == 5 && t.median == 5);
    CHECK(timing_ns() >= start && timing_thread_ns() >= thread);
    CHECK(timing_seconds(1, 1500000001) == 1.5);
    return test_failures != 0;
}
