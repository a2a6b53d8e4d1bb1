/* group_terms.h: groupby's options, and the columns they ask for. */
#ifndef FPG_COMMANDS_GROUP_TERMS_H
#define FPG_COMMANDS_GROUP_TERMS_H

#include "commands/grouping.h"

#define NO_COUNT INT64_MIN

struct groupby_options {
    struct table_options table;
    struct grouping_options group;
    struct cli_list agg, transform, nth;
    const char *filter, *counts;
    int64_t head, tail; /* NO_COUNT: not asked for */
    bool as_index;
};

/* The groups of the --by columns. */
MUST_CHECK bool group_make(struct arena *a, const struct frame *f,
                           const struct groupby_options *o, struct groups *out,
                           struct error *err);

/* A row a group, a column or several for each --agg. */
MUST_CHECK bool group_aggregates(struct arena *a, const struct frame *f,
                                 const struct groupby_options *o, struct frame **out,
                                 struct error *err);

/* The frame with a column more for each --transform. */
MUST_CHECK bool group_transforms(struct arena *a, const struct frame *f,
                                 const struct groupby_options *o, struct frame **out,
                                 struct error *err);

/* --agg as plain aggregates; *declined when one of them is more than that. */
MUST_CHECK bool group_query(struct arena *a, const struct groupby_options *o,
                            struct groupby *out, bool *declined, struct error *err);

#endif
