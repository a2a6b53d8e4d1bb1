/*
 * linalg.h: what operators on stacks of square matrices share.
 */
#ifndef FTG_OPS_LINEAR_LINALG_H
#define FTG_OPS_LINEAR_LINALG_H

#include "ops/operators.h"

/* How a stack of equations is solved. */
enum { LINALG_LU, LINALG_UPPER, LINALG_LOWER };

struct linalg_method {
    const char *what; /* for messages */
    int kind;
    bool unit;    /* diagonal of 1 */
    bool vector;  /* b is a stack of vectors */
    bool perturb; /* zeros on U's diagonal become epsilon */
    bool right;   /* x a = b was asked for */
    bool any;     /* a singular matrix is no failure */
};

/* The last two dimensions exchanged. */
struct tensor *linalg_mt(struct tape *t, struct tensor *x);
/* Is a (or NULL) a stack of square matrices?  Else a failure in torch's words. */
bool linalg_square(struct tape *t, const char *what, const struct tensor *a);
/* The failure of one matrix of a stack; false. */
bool linalg_singular(struct tape *t, const char *what, const struct tensor *a,
                     int64_t element, const char *said);
/* before, the number, after: in the tape's memory */
const char *linalg_said(struct tape *t, const char *before, int64_t number,
                        const char *after);

/* Matrix i of a contiguous stack, count numbers each, as doubles. */
void linalg_read(const struct tensor *x, int64_t i, int64_t count, double *out);
/* As torch factors it: the transpose of a matrix whose rows are contiguous. */
void linalg_read_turned(const struct tensor *x, int64_t i, int64_t n, double *out);
void linalg_write(struct tensor *x, int64_t i, int64_t count, const double *in);
/* Doubles in the tape's memory. */
double *linalg_doubles(struct tape *t, int64_t count);

/* a^-1 b (left) or b a^-1, recorded. */
struct tensor *linalg_solve(struct tape *t, struct tensor *a, struct tensor *b, bool left,
                            const struct linalg_method *m);
/* The identity in the shape of a stack. */
struct tensor *linalg_identity(struct tape *t, const struct tensor *a);

#endif
