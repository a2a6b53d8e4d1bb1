/*
 * markdown_table.h: the table of a Markdown file that has certain columns.
 */
#ifndef GATE_EVIDENCE_MARKDOWN_TABLE_H
#define GATE_EVIDENCE_MARKDOWN_TABLE_H

#include "common/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MARKDOWN_COLUMNS_MAX = 32 };

struct markdown_table {
    struct arena arena;
    const char *text; /* borrowed */
    size_t size, pos;
    uint64_t line;                           /* of the current row, from 1 */
    size_t count;                            /* columns wanted */
    int place[MARKDOWN_COLUMNS_MAX];         /* of each wanted column in a row */
    size_t width;                            /* columns of the header */
    const char *cells[MARKDOWN_COLUMNS_MAX]; /* arena; of the wanted columns */
};

/*
 * Find the next table whose header has all of `columns` (any case, any order);
 * outside fenced code.  False: there is none.
 */
bool markdown_table_find(struct markdown_table *t, const char *text, size_t size,
                         const char *const *columns, size_t count);
/* The next table like it, further down. */
bool markdown_table_again(struct markdown_table *t, const char *const *columns);
/* The next row; *ragged when it has not as many cells as the header.  False: no more. */
bool markdown_table_next(struct markdown_table *t, bool *ragged);
void markdown_table_close(struct markdown_table *t);

#endif
