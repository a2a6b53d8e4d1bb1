/*
 * names.h: a set of byte strings, each with a number.
 */
#ifndef CKPT_MODEL_NAMES_H
#define CKPT_MODEL_NAMES_H

#include <stdbool.h>
#include <stddef.h>

struct names_slot {
    const char *text; /* borrowed; NULL: free */
    size_t size, number;
};

struct names {
    struct names_slot *slots; /* owned; a power of two of them */
    size_t capacity, count;
};

enum { NAMES_ABSENT = -1 };

/* True when text was not there yet. */
bool names_add(struct names *n, const char *text, size_t size, size_t number);
/* The number, or (size_t)NAMES_ABSENT. */
size_t names_find(const struct names *n, const char *text, size_t size);
void names_clear(struct names *n);

#endif
