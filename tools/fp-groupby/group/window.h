/*
 * window.h: group-wise results that keep the rows of their input.
 */
#ifndef FPG_WINDOW_H
#define FPG_WINDOW_H

#include "group/groups.h"

enum window {
    WINDOW_CUMSUM,
    WINDOW_CUMPROD,
    WINDOW_CUMMIN,
    WINDOW_CUMMAX,
    WINDOW_CUMCOUNT,
    WINDOW_NGROUP,
    WINDOW_RANK,
    WINDOW_SHIFT,
    WINDOW_DIFF,
    WINDOW_FFILL,
    WINDOW_BFILL,
};

enum rank_method { RANK_AVERAGE, RANK_MIN, RANK_MAX, RANK_FIRST, RANK_DENSE };
enum rank_missing { RANK_KEEP, RANK_TOP, RANK_BOTTOM };

struct window_options {
    bool skipna;    /* cumulative: a missing value does not end the group */
    bool ascending; /* cumcount, ngroup, rank */
    int64_t periods;
    const struct cell *fill_value; /* shift; NULL: missing */
    enum rank_method method;
    enum rank_missing na_option;
    bool pct;
};

extern const struct window_options window_defaults;

bool window_parse(const char *name, enum window *out);
bool rank_method_parse(const char *name, enum rank_method *out);
bool rank_missing_parse(const char *name, enum rank_missing *out);

/* One value a row.  values is unused by cumcount and ngroup. */
MUST_CHECK bool window(struct arena *a, const struct groups *g,
                       const struct column *values, enum window how,
                       const struct window_options *options, const struct column **out,
                       struct error *err);

/*
 * The values, but where rows belong to no group pandas takes whole numbers for floats,
 * and NaT for the number that stands for it, the least.
 */
const struct column *window_floats(struct arena *a, const struct groups *g,
                                   const struct column *values);

/* Parts of window(), each in a file of its own. */
MUST_CHECK bool window_rank(struct arena *a, const struct groups *g,
                            const struct column *values,
                            const struct window_options *options,
                            const struct column **out, struct error *err);
MUST_CHECK bool window_move(struct arena *a, const struct groups *g,
                            const struct column *values, enum window how,
                            const struct window_options *options,
                            const struct column **out, struct error *err);

#endif
