/*
 * parity.h: every check of some fixtures against the results of a run.
 *
 * Nothing passes by absence: a check without a result and a result without a check
 * are mismatches, and a run of no checks at all is not green (LS-GATE-001).
 */
#ifndef GATE_COMPARE_PARITY_H
#define GATE_COMPARE_PARITY_H

#include "compare/fixture.h"
#include "compare/results.h"

enum mismatch_class {
    MISMATCH_NONE,
    MISMATCH_MISSING_RESULT,    /* a case that was not answered */
    MISMATCH_UNEXPECTED_RESULT, /* an answer to no case */
    MISMATCH_OUTCOME,           /* a value where an error was expected, or the reverse */
    MISMATCH_ERROR_CLASS,
    MISMATCH_ERROR_MESSAGE,
    MISMATCH_VALUE,
    MISMATCH_DIAGNOSTICS,
    MISMATCH_ORACLE_MISSING, /* the live original gave no answer to this case */
};

const char *mismatch_name(enum mismatch_class class);

/* What became of one check. */
struct outcome {
    const struct check *check;   /* NULL: an unexpected result */
    const struct result *result; /* NULL: missing */
    const struct result
        *original; /* the live answer that ruled; NULL: the fixture ruled */
    enum mismatch_class class;
    struct difference difference; /* MISMATCH_VALUE, MISMATCH_DIAGNOSTICS */
};

struct mode_counts {
    size_t total, passed;
};

struct parity {
    const struct fixture *fixtures; /* borrowed */
    size_t fixture_count;
    bool live;
    const char *packet_id;    /* borrowed; NULL when the cases are of several, or none */
    struct outcome *outcomes; /* owned; checks in file order, then unexpected results */
    size_t count, capacity;
    size_t mismatches;
    struct mode_counts modes[2]; /* by enum mode */
};

enum parity_modes { PARITY_DECLARED, PARITY_STRICT, PARITY_HARDENED, PARITY_BOTH };

/* original: the live oracle's answers, or NULL.  Both result sets are sorted. */
MUST_CHECK bool parity_compare(struct parity *p, const struct fixture *fixtures,
                               size_t fixture_count, struct results *results,
                               const struct results *original, enum parity_modes modes,
                               struct error *err);
bool parity_is_green(const struct parity *p);
void parity_clear(struct parity *p);

#endif
