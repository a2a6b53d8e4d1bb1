/*
 * mem.h: allocation that cannot be got wrong quietly.
 *
 * The x functions end the process on exhaustion (exit 4): a command-line tool
 * has no better answer.  A size that comes from input is checked against a
 * stated limit first, so that a hostile file cannot reach them.
 */
#ifndef COMMON_MEM_H
#define COMMON_MEM_H

#include "attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * From now on the process may have that many octets of private memory: what goes beyond
 * ends it as exhaustion does, saying `note` (a whole line, borrowed for good).
 */
void mem_bound(uint64_t octets, const char *note);

/* Octets of physical memory, or UINT64_MAX. */
uint64_t mem_of_machine(void);

/* count * size octets, zeroed; never NULL; released with free(). */
void *xcalloc(size_t count, size_t size) NEVER_NULL;

/* As reallocarray(): the new part is not initialised; p may be NULL. */
void *xrealloc(void *p, size_t count, size_t size) NEVER_NULL;

/* Copies, NUL-terminated; released with free(). */
char *xstrdup(const char *s) NEVER_NULL;
char *xstrndup(const char *s, size_t n) NEVER_NULL;

/* size octets at a multiple of alignment (a power of two), not initialised; free(). */
void *xaligned(size_t alignment, size_t size) NEVER_NULL;

/*
 * size octets for access here and there, not initialised; free().  On large pages where
 * the system has them, so that addresses of many megabytes stay in the processor's table.
 */
void *xlarge(size_t size) NEVER_NULL;

/* The same, zeroed: count * size octets. */
void *xlarge_zeroed(size_t count, size_t size) NEVER_NULL;

/* sprintf into fresh memory; released with free(). */
char *xasprintf(const char *fmt, ...) PRINTF_LIKE(1, 2) NEVER_NULL;

/* A stream that grows *text, which after xmemclose() is NUL-terminated; free(). */
FILE *xmemstream(char **text, size_t *size);
void xmemclose(FILE *stream);

/* *out = a * b, *out = a + b; false when the result does not fit. */
static inline MUST_CHECK bool
size_mul(size_t a, size_t b, size_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}

static inline MUST_CHECK bool
size_add(size_t a, size_t b, size_t *out)
{
    return !__builtin_add_overflow(a, b, out);
}

#endif
