/*
 * fingerprint.h: SipHash-1-3 with key zero over a schedule or a graph.
 *
 * The 64-bit hash of Volta's schedules, over our own stable encoding (all integers
 * 8 octets, little-endian), so that it does not change with a compiler.
 */
#ifndef FTG_GRAPH_FINGERPRINT_H
#define FTG_GRAPH_FINGERPRINT_H

#include "graph/graph.h"

struct fingerprint {
    uint64_t v[4];
    uint64_t words; /* hashed so far */
};

void fingerprint_begin(struct fingerprint *f);
void fingerprint_word(struct fingerprint *f, uint64_t word);
void fingerprint_text(struct fingerprint *f, const char *text);
uint64_t fingerprint_end(struct fingerprint *f);

/* The ids of the nodes in the order they run, each one word. */
uint64_t fingerprint_order(const struct graph *g, const uint32_t *order, size_t count);

#endif
