/* term.h: "[NAME=]COLUMN:HOW[(ARGUMENTS)]", as groupby takes it. */
#ifndef FPG_COMMANDS_TERM_H
#define FPG_COMMANDS_TERM_H

#include "group/aggregate.h"
#include "group/window.h"

struct term {
    const char *given;  /* the whole text, for errors */
    const char *name;   /* NULL: not given */
    const char *column; /* NULL: not given */
    const char *how;
    const char **arguments; /* "0.9", "ddof=0" */
    size_t n_arguments;
};

/* `option` names the option in errors. */
MUST_CHECK bool term_parse(struct arena *a, const char *option, const char *text,
                           struct term *out, struct error *err);

MUST_CHECK bool term_aggregate(const struct term *t, enum aggregate how,
                               struct aggregate_options *out, struct error *err);
MUST_CHECK bool term_window(struct arena *a, const struct term *t, enum window how,
                            struct window_options *out, struct error *err);

#endif
