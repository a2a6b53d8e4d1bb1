/*
 * pool.h: run numbered tasks on a few threads.
 *
 * Work is split by the caller into tasks whose boundaries do not depend on the
 * number of threads; which thread takes which task is left open, so a task
 * writes only to its own part of the result.
 */
#ifndef COMMON_POOL_H
#define COMMON_POOL_H

#include <stddef.h>

/* The number of CPUs this process may use. */
unsigned pool_cpus(void);

/* Calls task(context, i) for every i < count; returns when all are done. */
void pool_run(unsigned threads, size_t count, void (*task)(void *context, size_t i),
              void *context);

#endif
