/*
 * ready_queue.h: tasks that can run, best first, ties as libstdc++ breaks them.
 *
 * PyTorch keeps ready tasks in std::priority_queue, ordered by reentrant depth,
 * then by sequence number.  Tasks that are equal in both come out in whatever order
 * the binary heap leaves them in, so the sift steps of std::push_heap and
 * std::pop_heap are part of the rule and are followed to the letter.
 */
#ifndef FTG_GRAPH_READY_QUEUE_H
#define FTG_GRAPH_READY_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ready_task {
    uint64_t sequence_nr;
    uint32_t depth;
    uint32_t node;
};

struct ready_queue {
    struct ready_task *tasks; /* owned */
    size_t count, capacity;
    uint64_t pushes, pops;
    size_t longest;
};

void ready_queue_push(struct ready_queue *q, struct ready_task task);
/* The best task; the queue must not be empty. */
struct ready_task ready_queue_pop(struct ready_queue *q);
void ready_queue_clear(struct ready_queue *q);

#endif
