/* write.h: the result of a streamed group-by as to_csv(index=False) writes it. */
#ifndef FPG_WRITE_H
#define FPG_WRITE_H

#include "engine/stream.h"

#include <stdio.h>

/* Groups in order of their keys, or of appearance. */
MUST_CHECK bool stream_write_csv(const struct stream_result *r, const struct groupby *q,
                                 unsigned threads, FILE *out, struct error *err);

/* The line of column names. */
void stream_put_header(const struct groupby *q, FILE *out);

/*
 * The same rows as records of a run (temp.h).  The result has one term more than q,
 * which gives the place of each group's first row; keys order the groups as q asks.
 */
MUST_CHECK bool stream_write_run(const struct stream_result *r, const struct groupby *q,
                                 FILE *out, struct error *err);

#endif
