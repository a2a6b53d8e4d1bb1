/*
 * contract.h: what a project requires of its checkpoints.
 */
#ifndef CKPT_JUDGE_CONTRACT_H
#define CKPT_JUDGE_CONTRACT_H

#include "model/checkpoint.h"

enum { CONTRACT_RULES_MAX = 256 };

struct contract_rule {
    const char *path;  /* "hyper_parameters.model_config" */
    const char *types; /* "dict OrderedDict object"; NULL: any but none */
    bool only_if_any;  /* needed when any rule of this kind is met */
};

struct contract {
    struct contract_rule rules[CONTRACT_RULES_MAX];
    size_t count;
    const char *no_values_below; /* no pathlib objects below this path, or NULL */
    uint64_t min_size, max_size; /* octets of the file; 0: no limit */
    struct arena arena;
};

/* "lightning", "ptycho" or the name of a YAML file. */
MUST_CHECK bool contract_open(struct contract *k, const char *profile, struct error *err);
/* Comma-separated keys below hyper_parameters that must be there. */
MUST_CHECK bool contract_require_hparams(struct contract *k, const char *keys,
                                         struct error *err);
void contract_clear(struct contract *k);

/* One line in *out for each rule that is broken; returns their number. */
size_t contract_check(const struct contract *k, const struct checkpoint *c,
                      struct buf *out);

#endif
