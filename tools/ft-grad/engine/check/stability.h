/*
 * stability.h: operators on NaN, infinities, zeros and extremes, against torch's.
 *
 * Results are compared as classes: NaN, inf, -inf, 0, -0, positive, negative.  What torch
 * gives is in stability.def (? where its own kinds of vector code disagree); where
 * Volta's policy differs, in stability.c.
 */
#ifndef FTG_ENGINE_CHECK_STABILITY_H
#define FTG_ENGINE_CHECK_STABILITY_H

#include "tape/tape.h"

enum { STABILITY_TEXT = 96 };

/* One operator in one dtype. */
struct stability_row {
    const char *name;
    enum tensor_type type;
    size_t cells, agree;
    char first[STABILITY_TEXT]; /* the first that does not agree, in words; or "" */
    size_t bad;                 /* results that are not finite though the input is */
};

size_t stability_rows(void);
/* Fill row i; false with the tape's error when the operator does not run at all. */
MUST_CHECK bool stability_run(size_t i, bool volta, struct stability_row *out,
                              struct error *err);

#endif
