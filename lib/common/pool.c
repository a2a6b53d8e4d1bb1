#define _GNU_SOURCE /* sched_getaffinity: the CPUs a container leaves us */

#include "pool.h"

#include "mem.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

struct job {
    void (*task)(void *context, size_t i);
    void *context;
    size_t count;
    atomic_size_t next;
};

unsigned
pool_cpus(void)
{
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    return CPU_COUNT(&set) > 0 ? (unsigned)CPU_COUNT(&set) : 1;
}

static void *
work(void *argument)
{
    struct job *job = argument;

    for (;;) {
        size_t i = atomic_fetch_add(&job->next, 1);

        if (i >= job->count)
            return NULL;
        job->task(job->context, i);
    }
}

/* A thread that cannot be started is not missed: the caller works too. */
void
pool_run(unsigned threads, size_t count, void (*task)(void *context, size_t i),
         void *context)
{
    struct job job = {.task = task, .context = context, .count = count};
    pthread_t *ids;
    size_t started = 0;

    if (threads > count)
        threads = (unsigned)count;
    if (threads <= 1) {
        for (size_t i = 0; i < count; i++)
            task(context, i);
        return;
    }
    ids = xcalloc(threads, sizeof *ids);
    while (started + 1 < threads && pthread_create(&ids[started], NULL, work, &job) == 0)
        started++;
    (void)work(&job);
    for (size_t i = 0; i < started; i++)
        (void)pthread_join(ids[i], NULL);
    free(ids);
}
