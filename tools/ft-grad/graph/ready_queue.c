/*
 * ready_queue.c: std::push_heap and std::pop_heap of libstdc++ (bits/stl_heap.h:
 * __push_heap, __adjust_heap), over 16-octet tasks.
 */
#include "graph/ready_queue.h"

#include "common/mem.h"

#include <stdlib.h>
#include <string.h>

/* Is a worse than b?  Deeper first, then later created first. */
static inline bool
worse(const struct ready_task *a, const struct ready_task *b)
{
    if (a->depth != b->depth)
        return a->depth < b->depth;
    return a->sequence_nr < b->sequence_nr;
}

static inline void
sift_up(struct ready_task *tasks, size_t hole, struct ready_task task)
{
    while (hole > 0) {
        size_t parent = (hole - 1) / 2;

        if (!worse(&tasks[parent], &task))
            break;
        tasks[hole] = tasks[parent];
        hole = parent;
    }
    tasks[hole] = task;
}

void
ready_queue_push(struct ready_queue *q, struct ready_task task)
{
    if (q->count == q->capacity) {
        q->capacity = q->capacity > 0 ? 2 * q->capacity : 64;
        q->tasks = xrealloc(q->tasks, q->capacity, sizeof(*q->tasks));
    }
    sift_up(q->tasks, q->count++, task);
    q->pushes++;
    if (q->count > q->longest)
        q->longest = q->count;
}

struct ready_task
ready_queue_pop(struct ready_queue *q)
{
    struct ready_task *tasks = q->tasks;
    struct ready_task best = tasks[0], last = tasks[q->count - 1];
    size_t n = --q->count; /* of the heap that remains, without `last` in place */
    size_t hole = 0, child = 0;

    q->pops++;
    if (n == 0)
        return best;
    /* The hole sinks to a leaf along the better children, then `last` rises. */
    while (child < (n - 1) / 2) {
        child = 2 * (child + 1);
        child -= (size_t)worse(&tasks[child], &tasks[child - 1]);
        tasks[hole] = tasks[child];
        hole = child;
    }
    if (n % 2 == 0 && child == (n - 2) / 2) {
        child = 2 * (child + 1);
        tasks[hole] = tasks[child - 1];
        hole = child - 1;
    }
    sift_up(tasks, hole, last);
    return best;
}

void
ready_queue_clear(struct ready_queue *q)
{
    free(q->tasks);
    memset(q, 0, sizeof(*q));
}
