/*
 * pipeline.h: items made on several threads, taken in their order by one at a time.
 *
 * A ring of slots stands between the two: a thread that has filled one takes it at once
 * if it is next and nobody else is taking, and with it those that wait behind.
 */
#ifndef FPG_PIPELINE_H
#define FPG_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pipeline {
    unsigned threads;
    size_t n_slots;    /* pipeline_slots() */
    size_t count;      /* items */
    const char *label; /* of the progress that a terminal shows, or NULL */
    uint64_t octets;   /* what the items are made of, for that */
    /* Make an item in a slot that nobody else uses. */
    void (*produce)(void *context, size_t thread, size_t item, size_t slot);
    /* Items come in order; false: no more of them are wanted. */
    bool (*consume)(void *context, size_t slot);
    void *context;
};

/* Slots enough that threads seldom wait; one thread makes and takes by turns. */
static inline size_t
pipeline_slots(unsigned threads)
{
    return threads == 1 ? 1 : 4 * (size_t)threads;
}

void pipeline_run(const struct pipeline *p);

#endif
