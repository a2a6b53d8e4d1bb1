/*
 * spans.h: every octet of the file, and what it is for.
 */
#ifndef CKPT_JUDGE_SPANS_H
#define CKPT_JUDGE_SPANS_H

#include "model/checkpoint.h"

/*
 * Fill c->spans, sorted and without gap: zeros nobody claims are SPAN_SLACK, other such
 * octets SPAN_ORPHAN.
 */
void spans_make(struct checkpoint *c);

/* Which tensors lie in which storage: those of storage i are first[i] .. first[i + 1]. */
struct spans_users {
    size_t *first;                 /* owned */
    const struct tensor **tensors; /* owned */
};

void spans_users_make(struct spans_users *u, struct checkpoint *c);
void spans_users_clear(struct spans_users *u);

/* Octets of a storage that no tensor reaches (strided views count as a whole range). */
uint64_t spans_unreached(const struct spans_users *u, const struct checkpoint *c,
                         size_t number);

#endif
