/*
 * verify.h: does the data agree with what the file says about it?
 *
 * Opening has checked the structure.  This reads all of it: the checksums of a zip,
 * the indices of sparse tensors, the octets of bools.
 */
#ifndef CKPT_JUDGE_VERIFY_H
#define CKPT_JUDGE_VERIFY_H

#include "model/checkpoint.h"

struct verify_options {
    bool no_crc; /* of files whose writer left checksums out */
    unsigned threads;
};

struct verify_report {
    uint64_t entries, octets; /* checksums compared, over how much */
    uint64_t sparse, bools;   /* tensors whose values were checked */
};

MUST_CHECK bool verify_checkpoint(struct checkpoint *c,
                                  const struct verify_options *options,
                                  struct verify_report *report, struct error *err);

#endif
