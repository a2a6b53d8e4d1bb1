/*
 * recover_strip.h: some columns of all rows of a damaged source, and of its repair
 * symbols, in memory, each symbol where it belongs.
 */
#ifndef RQ_RECOVER_STRIP_H
#define RQ_RECOVER_STRIP_H

#include "recover.h"

struct recover_strip {
    const struct recovery *recovery; /* borrowed */
    const uint32_t *losses;          /* borrowed; source symbols lost, by block */
    uint64_t from;                   /* columns from .. from + width - 1 */
    size_t width, stride;
    uint8_t *data;  /* owned; K + R rows */
    bool *zero;     /* owned; by row: all zeros, not in memory */
    uint32_t first; /* blocks first .. first + count - 1 have columns in it */
    uint32_t count;
};

/* Before the first strip; `losses` says which blocks need one. */
void recover_strip_init(struct recover_strip *s, const struct recovery *r,
                        const uint32_t *losses);
void recover_strip_clear(struct recover_strip *s);

/* Moves on to the next block that lost something; false when there is none. */
bool recover_strip_next(struct recover_strip *s);
void recover_strip_load(struct recover_strip *s);

/* The columns of block b that are in the strip: from .. to - 1. */
void recover_strip_portion(const struct recover_strip *s, uint32_t b, uint64_t *from,
                           uint64_t *to);

/* A column of the row of that ESI. */
static inline uint8_t *
recover_strip_cell(const struct recover_strip *s, uint32_t esi, uint64_t column)
{
    return s->data + (size_t)esi * s->stride + (column - s->from);
}

#endif
