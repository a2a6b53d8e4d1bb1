/*
 * npy_descr.h: Python literals as npy headers hold them, and dtype descriptions.
 * For npy.c alone.
 */
#ifndef COMMON_NPY_DESCR_H
#define COMMON_NPY_DESCR_H

#include "npy.h"

/* A position in a header, which is UTF-8. */
struct literal {
    const char *text, *end;
    const char *at;
    bool python2; /* integers may end in L */
};

void literal_space(struct literal *l);
/* Pass over `word` and the space behind it; false, and nothing happens, if it is not
 * next. */
bool literal_take(struct literal *l, const char *word);
/* A quoted string without escapes but \\ \' \"; out points into the arena. */
MUST_CHECK bool literal_string(struct literal *l, struct arena *arena, const char **out);
/* An integer >= 0. */
MUST_CHECK bool literal_u64(struct literal *l, uint64_t *out);
/* A tuple of them, at most `max`. */
MUST_CHECK bool literal_tuple(struct literal *l, uint64_t *out, unsigned max,
                              unsigned *count);

struct npy_descr {
    enum dtype dtype;
    const char *text; /* arena */
    uint64_t item_size;
    bool record, big_endian;
    bool object; /* it holds Python objects; the rest is not filled */
};

/* A dtype description; false: not one we know. */
MUST_CHECK bool npy_descr_read(struct literal *l, struct arena *arena,
                               struct npy_descr *out);

#endif
