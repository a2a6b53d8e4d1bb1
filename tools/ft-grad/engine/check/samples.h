/*
 * samples.h: gradcheck of programs, and of a call of every operator.
 */
#ifndef FTG_ENGINE_CHECK_SAMPLES_H
#define FTG_ENGINE_CHECK_SAMPLES_H

#include "engine/check/gradcheck.h"
#include "engine/program/program.h"

struct gradcheck_how {
    double eps, atol, rtol;
    bool fast;   /* one random projection first */
    bool second; /* check the gradients of the gradients */
};

/* The program's root (of that number) with respect to its leaves. */
bool gradcheck_program(const struct program *p, size_t root,
                       const struct gradcheck_how *how, struct gradcheck_report *report,
                       struct error *err);

struct gradcheck_sample {
    const char *op;
    int outputs;
    const char *shapes;
    double low, high;
    const char *attrs;
};

extern const struct gradcheck_sample gradcheck_samples[];
extern const size_t gradcheck_sample_count;

/* All outputs of a sample; counts are added up, failed elements are not kept. */
bool gradcheck_sample_run(const struct gradcheck_sample *s,
                          const struct gradcheck_how *how,
                          struct gradcheck_report *report, struct error *err);

#endif
