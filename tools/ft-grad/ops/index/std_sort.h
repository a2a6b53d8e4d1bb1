/*
 * std_sort.h: the unstable sorts of libstdc++, on numbers with their positions.
 *
 * Which of several equal numbers torch's topk, kthvalue, median and mode name is decided
 * by the very steps of std::sort, std::nth_element and std::partial_sort; these take the
 * same ones, as ready_queue.h does for the heap of the engine.
 */
#ifndef FTG_OPS_STD_SORT_H
#define FTG_OPS_STD_SORT_H

#include <stdbool.h>
#include <stdint.h>

struct keyed {
    double value;
    int64_t index;
};

typedef bool keyed_before(const struct keyed *a, const struct keyed *b);

void std_sort(struct keyed *first, struct keyed *last, keyed_before *before);
/* The element that belongs at nth is there; none before it belongs behind it. */
void std_nth_element(struct keyed *first, struct keyed *nth, struct keyed *last,
                     keyed_before *before);
/* first..middle holds the first elements, in order. */
void std_partial_sort(struct keyed *first, struct keyed *middle, struct keyed *last,
                      keyed_before *before);

#endif
