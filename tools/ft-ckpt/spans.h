/*
 * spans.h: every octet of the file, and what it is for.
 */
#ifndef CKPT_SPANS_H
#define CKPT_SPANS_H

#include "checkpoint.h"

/* Fill c->spans, sorted and without gap: what nobody claims is SPAN_ORPHAN. */
void spans_make(struct checkpoint *c);

/* Octets of a storage that no tensor reaches (strided views count as a whole range). */
uint64_t spans_unreached(const struct checkpoint *c, const struct storage *s);

#endif
