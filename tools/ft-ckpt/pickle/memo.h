/*
 * memo.h: a pickle's memo as a hash table, so that an index of 2^31 costs nothing.
 */
#ifndef CKPT_PICKLE_MEMO_H
#define CKPT_PICKLE_MEMO_H

#include "pickle/value.h"

struct memo_slot {
    uint64_t index;
    struct value *value; /* NULL: free */
};

struct memo {
    struct memo_slot *slots; /* owned; a power of two of them */
    size_t capacity;
    size_t count;
};

void memo_put(struct memo *m, uint64_t index, struct value *value);
struct value *memo_get(const struct memo *m, uint64_t index); /* NULL when absent */
void memo_clear(struct memo *m);

#endif
