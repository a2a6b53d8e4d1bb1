/* pipeline.c: see pipeline.h. */
#include "engine/pipeline.h"

#include "common/mem.h"
#include "common/pool.h"
#include "common/term.h"

#include <pthread.h>
#include <stdlib.h>

struct ring {
    const struct pipeline *p;
    bool *ready; /* owned, by slot */
    pthread_mutex_t lock;
    pthread_cond_t moved;
    size_t next; /* item to be made */
    size_t turn; /* item to be taken */
    bool taking, stop;
    struct progress progress; /* of who takes */
};

/* With the lock held, which is let go while an item is taken. */
static void
take_what_is_ready(struct ring *r)
{
    if (r->taking)
        return;
    r->taking = true;
    while (!r->stop && r->ready[r->turn % r->p->n_slots]) {
        size_t slot = r->turn % r->p->n_slots;
        bool more;

        (void)pthread_mutex_unlock(&r->lock);
        more = r->p->consume(r->p->context, slot);
        progress_update(&r->progress,
                        (uint64_t)((double)r->p->octets * (double)(r->turn + 1) /
                                   (double)r->p->count));
        (void)pthread_mutex_lock(&r->lock);
        r->ready[slot] = false;
        r->turn++;
        r->stop |= !more;
        (void)pthread_cond_broadcast(&r->moved);
    }
    r->taking = false;
}

static void
work(void *context, size_t thread)
{
    struct ring *r = context;

    (void)pthread_mutex_lock(&r->lock);
    while (!r->stop && r->next < r->p->count) {
        size_t item = r->next++;
        size_t slot = item % r->p->n_slots;

        while (!r->stop && item >= r->turn + r->p->n_slots)
            (void)pthread_cond_wait(&r->moved, &r->lock);
        if (r->stop)
            break;
        (void)pthread_mutex_unlock(&r->lock);
        r->p->produce(r->p->context, thread, item, slot);
        (void)pthread_mutex_lock(&r->lock);
        r->ready[slot] = true;
        take_what_is_ready(r);
    }
    (void)pthread_mutex_unlock(&r->lock);
}

void
pipeline_run(const struct pipeline *p)
{
    struct ring r = {.p = p, .ready = xcalloc(p->n_slots, sizeof *r.ready)};

    (void)pthread_mutex_init(&r.lock, NULL);
    (void)pthread_cond_init(&r.moved, NULL);
    if (p->label)
        progress_begin(&r.progress, p->label, p->octets);
    pool_run(p->threads, p->threads, work, &r);
    progress_end(&r.progress);
    (void)pthread_cond_destroy(&r.moved);
    (void)pthread_mutex_destroy(&r.lock);
    free(r.ready);
}
