/*
 * gates.h: the gates that judge one kind of file each.
 *
 * Every gate adds its reasons to the judgement and returns; nothing it reads is
 * written.  Paths are as the user gave them.
 */
#ifndef GATE_GATES_GATES_H
#define GATE_GATES_GATES_H

#include "evidence/evidence.h"

#include <stdio.h>

/* FrankenTorch's check_reliability_budgets; report: its own JSON, or NULL. */
void gate_reliability(struct judgement *j, const char *policy, const char *e2e,
                      FILE *report);

/* Ten KPIs, each with five fields of evidence in DIR/<ID>.yaml or .json. */
void gate_release(struct judgement *j, const char *kpi, const char *evidence_dir);

/* Two independent passes against a baseline; fails when both are over the threshold. */
void gate_perf(struct judgement *j, const char *baseline, const char *pass1,
               const char *pass2, double threshold_percent);

/* Median ratio of samples with a bootstrap confidence interval. */
struct perf_samples_options {
    double threshold_percent;
    double confidence; /* 0.95 */
    uint64_t resamples;
    uint64_t seed;
};
void gate_perf_samples(struct judgement *j, const char *baseline, const char *samples,
                       const struct perf_samples_options *options);

void gate_flaky(struct judgement *j, const char *file);

/* A claim table, and the commands a document shows; execute: run them in a sandbox. */
struct claims_options {
    bool execute;
    const char *seed; /* folder copied into the sandbox, or NULL */
    uint64_t timeout_s;
};
void gate_claims(struct judgement *j, const char *file,
                 const struct claims_options *options);

/* Bit for bit the same JSON. */
void gate_replay(struct judgement *j, const char *a, const char *b);

struct runtime_options {
    const char *junit;       /* or NULL */
    const char *measurement; /* or NULL */
    const char *history;     /* JSON Lines of earlier runs, or NULL */
};
void gate_runtime(struct judgement *j, const char *guardrail,
                  const struct runtime_options *options);

/* now_s: the time to judge by. */
void gate_cadence(struct judgement *j, const char *plan, const char *runs,
                  uint64_t now_s);

void gate_ratchet(struct judgement *j, const char *before, const char *after);

/* listing: what ft-ckpt printed of the checkpoint as JSON. */
void gate_artifacts(struct judgement *j, const char *dir, const char *listing);

void gate_metrics(struct judgement *j, const char *lint, const char *exposition);

struct trace_options {
    const char *specs, *requirements;
    const char *const *code;
    size_t code_count;
    const char *const *tests;
    size_t test_count;
    const char *const *prefixes; /* ids begin with one of these */
    size_t prefix_count;
};
void gate_trace(struct judgement *j, const struct trace_options *options);

#endif
