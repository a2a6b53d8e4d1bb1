/*
 * build.h: the second file of a join in memory: rows as they print, found by
 * key.
 */
#ifndef FPG_BUILD_H
#define FPG_BUILD_H

#include "batch/dictionary.h"
#include "merge/side.h"

struct build {
    struct side side;
    bool shown;         /* some column stands in the result */
    uint64_t memory;    /* octets that it may take, about; 0: any */
    size_t next_window; /* that has not been loaded */
    bool partial;       /* there are some */
    uint64_t text_size; /* of the chunks */
    struct buf *chunks; /* owned: printed rows of each window, their lengths in front */
    size_t n_chunks, chunks_capacity;
    const uint8_t **rows; /* owned; in the chunks, four octets behind the length */
    uint32_t *codes;      /* owned; by row: code of its key */
    int64_t *integers;    /* owned; by row, when the key is one integer */
    size_t n_rows, capacity;

    bool by_value; /* the code of an integer key is its distance from `least` */
    int64_t least; /* of the integers */
    int64_t most;
    struct dictionary known; /* else codes are given here */
    uint32_t *first;         /* owned; by code: its first row, from 1; 0: none */
    uint32_t *next;   /* owned; by row: the next row of that key, from 1; 0: none */
    uint32_t *onward; /* owned; by row: rows of its key from it on; see build_count */
    size_t n_codes;
};

/* Is the key one column of integers? */
static inline bool
build_by_integer(const struct side *s)
{
    return s->n_keys == 1 && s->images[s->keys[0]].kind == FIELD_INT;
}

/*
 * Load the file whose side is open, or as many rows as `memory` allows.
 * s->declined says why it was not.
 */
MUST_CHECK bool build_load(struct build *b, unsigned threads, struct error *err);
/* Load the next rows in place of those that are there. */
MUST_CHECK bool build_load_more(struct build *b, unsigned threads, struct error *err);
/*
 * Rows that are only counted need not be visited: count the rows of every key.
 * Returns the largest of these numbers.
 */
uint32_t build_count(struct build *b);
void build_clear(struct build *b); /* all but the side */

/* First row of a key, from 1; 0: none. */
uint32_t build_find(const struct build *b, struct key_name name);
uint32_t build_find_integer(const struct build *b, int64_t value);

static inline void
build_prefetch_integer(const struct build *b, int64_t key)
{
    if (b->by_value && key >= b->least && key <= b->most)
        __builtin_prefetch(&b->first[key - b->least]);
}

/* A row as it prints behind another, with a comma in front, and how long it is;
 * 64 octets may be read from there. */
static inline const uint8_t *
build_row(const struct build *b, uint32_t row, uint32_t *size)
{
    const uint8_t *p = b->rows[row - 1];

    memcpy(size, p - 4, 4);
    return p;
}

#endif
