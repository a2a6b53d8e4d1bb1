/*
 * trial.h: how fast the codec is, measured in memory.
 */
#ifndef RQ_TRIAL_H
#define RQ_TRIAL_H

#include "gf256.h"
#include "params.h"

struct trial_options {
    uint32_t K, T;
    uint32_t repairs; /* repair symbols encoded a block */
    uint32_t losses;  /* source symbols lost a block */
    unsigned threads;
    double seconds; /* spent on each figure */
};

/* Medians, in octets of source a second of each thread's CPU time, over all threads. */
struct trial {
    double encode;      /* plan kept */
    double encode_cold; /* plan computed for each block */
    double decode;      /* one symbol of overhead; its plan computed for each block, or */
    bool decode_kept;   /* when few are lost, the encode plan reused */
    double plan_seconds;
    uint64_t operations;        /* symbol additions a block, products counted twice */
    double decode_plan_seconds; /* of a decoding's own plan; 0 when decode_kept */
    uint64_t decode_operations;
    double copy; /* memcpy of 128 MiB, octets copied a second */
    double add;  /* additions of rows in the L2 cache, octets added a second */
};

MUST_CHECK bool trial_run(const struct gf256 *gf, const struct trial_options *options,
                          struct trial *out, struct error *err);

#endif
