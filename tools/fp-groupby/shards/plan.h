/*
 * plan.h: what all states that may be merged agree on, to the octet.
 */
#ifndef FPG_SHARDS_PLAN_H
#define FPG_SHARDS_PLAN_H

#include "common/buf.h"
#include "group/groupby.h"
#include "shards/lattice.h"

/* What a state holds; a state is of one kind. */
enum plan_kind {
    PLAN_TYPES,   /* facts of the columns, a section a shard */
    PLAN_ROWS,    /* the rows of the columns that are needed, dealt out to parts */
    PLAN_GROUPS,  /* running values a group */
    PLAN_ANSWERS, /* the results of the groups of some parts */
};

struct plan_file {
    const char *name; /* without its folders */
    uint64_t size, body;
};

struct plan {
    enum plan_kind kind;
    size_t n_shards;
    struct plan_file *files;
    size_t n_files;
    struct csv_options csv;
    const char **columns; /* names of all columns */
    size_t n_columns;

    /* All kinds but PLAN_TYPES: */
    enum lattice_type *types; /* by column */
    uint64_t rows;
    size_t n_parts;
    struct groupby query;
};

/* The number of things whose sections a complete state has: shards, or parts. */
size_t plan_count(const struct plan *p);

/* The canonical text, for buf_clear(). */
void plan_write(const struct plan *p, struct buf *out);
MUST_CHECK bool plan_parse(const char *text, size_t size, struct arena *a,
                           struct plan *out, struct error *err);

/* Column of that name, or -1. */
int64_t plan_column(const struct plan *p, const char *name);

/* KeyError unless every name the query uses is a column. */
MUST_CHECK bool plan_check(const struct plan *p, struct error *err);

const char *plan_kind_name(enum plan_kind kind);

#endif
