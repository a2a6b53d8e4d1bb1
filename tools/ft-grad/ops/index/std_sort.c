/*
 * std_sort.c: introsort, introselect and heap select step by step, see std_sort.h.
 *
 * Method: bits/stl_algo.h and bits/stl_heap.h of libstdc++: quicksort with the median of
 * three as pivot; runs of up to 16 are left to one insertion sort at the end; a depth of
 * 2 log2(n) gives up on pivots and takes a heap.
 */
#include "ops/index/std_sort.h"

#include <stddef.h>

enum { RUN = 16, DEPTH_MAX = 2 * 64 };

static void
swap(struct keyed *a, struct keyed *b)
{
    struct keyed keep = *a;

    *a = *b;
    *b = keep;
}

static void
push_up(struct keyed *heap, ptrdiff_t hole, ptrdiff_t top, struct keyed value,
        keyed_before *before)
{
    for (; hole > top && before(&heap[(hole - 1) / 2], &value); hole = (hole - 1) / 2)
        heap[hole] = heap[(hole - 1) / 2];
    heap[hole] = value;
}

/* Put value where the hole ends up that larger children leave on their way up. */
static void
sink(struct keyed *heap, ptrdiff_t hole, ptrdiff_t size, struct keyed value,
     keyed_before *before)
{
    ptrdiff_t top = hole, child = hole;

    while (child < (size - 1) / 2) {
        child = 2 * (child + 1);
        if (before(&heap[child], &heap[child - 1]))
            child--;
        heap[hole] = heap[child];
        hole = child;
    }
    if (size % 2 == 0 && child == (size - 2) / 2) {
        child = 2 * child + 1;
        heap[hole] = heap[child];
        hole = child;
    }
    push_up(heap, hole, top, value, before);
}

/* *out takes the top of heap[0..size), *out's own value goes into the heap. */
static void
exchange_top(struct keyed *heap, ptrdiff_t size, struct keyed *out, keyed_before *before)
{
    struct keyed value = *out;

    *out = heap[0];
    sink(heap, 0, size, value, before);
}

static void
heap_select(struct keyed *first, struct keyed *middle, struct keyed *last,
            keyed_before *before)
{
    ptrdiff_t size = middle - first;

    for (ptrdiff_t parent = (size - 2) / 2; size > 1 && parent >= 0; parent--)
        sink(first, parent, size, first[parent], before);
    for (struct keyed *at = middle; at < last; at++) {
        if (before(at, first))
            exchange_top(first, size, at, before);
    }
}

void
std_partial_sort(struct keyed *first, struct keyed *middle, struct keyed *last,
                 keyed_before *before)
{
    if (first == middle)
        return;
    heap_select(first, middle, last, before);
    for (ptrdiff_t size = middle - first - 1; size > 0; size--)
        exchange_top(first, size, first + size, before);
}

/* NaN obeys no order, so the bounds are held here, where libstdc++ trusts the order. */
static void
insert_back(const struct keyed *first, struct keyed *at, keyed_before *before)
{
    struct keyed value = *at;

    for (; at > first && before(&value, at - 1); at--)
        *at = at[-1];
    *at = value;
}

static void
insertion_sort(struct keyed *first, struct keyed *last, keyed_before *before)
{
    for (struct keyed *i = first + 1; i < last; i++) {
        struct keyed value = *i;

        if (!before(i, first)) {
            insert_back(first, i, before);
            continue;
        }
        for (struct keyed *at = i; at > first; at--)
            *at = at[-1];
        *first = value;
    }
}

static void
median_to_first(struct keyed *to, struct keyed *a, struct keyed *b, struct keyed *c,
                keyed_before *before)
{
    if (before(a, b))
        swap(to, before(b, c) ? b : before(a, c) ? c : a);
    else
        swap(to, before(a, c) ? a : before(b, c) ? c : b);
}

/* Where the part begins that does not come before the pivot. */
static struct keyed *
partition(struct keyed *first, struct keyed *last, keyed_before *before)
{
    const struct keyed *pivot = first;
    struct keyed *low = first + 1, *high = last;

    median_to_first(first, first + 1, first + (last - first) / 2, last - 1, before);
    for (;;) {
        while (low < last && before(low, pivot))
            low++;
        high--;
        while (high > first && before(pivot, high))
            high--;
        if (low >= high)
            return low;
        swap(low, high);
        low++;
    }
}

/* Twice the whole part of log2(n). */
static int
depth_limit(ptrdiff_t n)
{
    int depth = 0;

    for (; n > 1; n /= 2)
        depth += 2;
    return depth;
}

void
std_nth_element(struct keyed *first, struct keyed *nth, struct keyed *last,
                keyed_before *before)
{
    int depth = depth_limit(last - first);

    if (first == last || nth == last)
        return;
    while (last - first > 3) {
        struct keyed *cut;

        if (depth-- == 0) {
            heap_select(first, nth + 1, last, before);
            swap(first, nth);
            return;
        }
        cut = partition(first, last, before);
        if (cut <= nth)
            first = cut;
        else
            last = cut;
    }
    insertion_sort(first, last, before);
}

void
std_sort(struct keyed *first, struct keyed *last, keyed_before *before)
{
    struct {
        struct keyed *first, *last;
        int depth;
    } parts[DEPTH_MAX + 1]; /* right parts, to be done after what is left of them */
    int count = 0;

    if (first == last)
        return;
    parts[count++].depth = depth_limit(last - first);
    parts[0].first = first;
    parts[0].last = last;
    while (count > 0) {
        struct keyed *from = parts[count - 1].first, *to = parts[count - 1].last;
        int depth = parts[--count].depth;

        while (to - from > RUN) {
            struct keyed *cut;

            if (depth-- == 0) {
                std_partial_sort(from, to, to, before);
                break;
            }
            cut = partition(from, to, before);
            parts[count].first = from;
            parts[count].last = cut;
            parts[count++].depth = depth;
            from = cut;
        }
    }
    insertion_sort(first, last - first > RUN ? first + RUN : last, before);
    for (struct keyed *i = first + RUN; i < last; i++)
        insert_back(first, i, before);
}
