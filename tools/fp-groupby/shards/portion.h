/*
 * portion.h: the first pass over a shard: where its rows lie, and facts of its columns.
 *
 * Whether a range begins inside quotes is not known to who reads it alone, so both
 * guesses are followed (when there is a quote at all); that one of them is true shows
 * when the portions are put in order, for a portion begins where the one before stops.
 */
#ifndef FPG_SHARDS_PORTION_H
#define FPG_SHARDS_PORTION_H

#include "common/json_out.h"
#include "shards/lattice.h"
#include "shards/source.h"

struct portion_guess {
    uint64_t start; /* of the first row; SHARD_NO_ROW: none begins in the range */
    uint64_t stop;  /* behind the last row */
    uint64_t rows;
    uint64_t digest;         /* XXH3-64 of the octets from start to stop */
    struct lattice *columns; /* arena, one a column */
    const char *fault;       /* why the rows cannot be read under this guess, or NULL */
    uint64_t fault_at;       /* octet of the file */
};

struct portion {
    size_t shard;
    struct shard_range range;
    struct portion_guess guesses[2]; /* begins outside, inside quotes */
};

/* The facts of a range. */
MUST_CHECK bool portion_read(const struct shard_source *s,
                             const struct shard_range *range, struct arena *a,
                             struct portion *out, struct error *err);

void portion_write(struct json_out *j, const struct portion *p, size_t n_columns);
MUST_CHECK bool portion_parse(const struct json_doc *doc, const struct json *node,
                              size_t n_columns, struct arena *a, struct portion *out,
                              struct error *err);

/* What is known once all portions are there. */
struct survey {
    struct survey_range *ranges; /* arena; with rows only */
    size_t n_ranges;
    enum lattice_type *types; /* arena, by column */
    uint64_t rows;
    uint64_t fault; /* of an error: the octet, or SHARD_NO_FAULT, of this file */
    size_t fault_file;
};

struct survey_range {
    size_t shard, file;
    uint64_t start, stop;
    uint64_t first_row; /* its number in the table */
    uint64_t rows, digest;
};

/* bodies[f]: first octet of file f's body.  Portions in order, of all shards. */
MUST_CHECK bool survey_make(const struct portion *portions, size_t n,
                            const uint64_t *bodies, size_t n_columns, struct arena *a,
                            struct survey *out, struct error *err);

#endif
