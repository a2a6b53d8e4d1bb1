/*
 * bench_work.h: graphs, matrices and networks to measure with.
 */
#ifndef FTG_ENGINE_BENCH_WORK_H
#define FTG_ENGINE_BENCH_WORK_H

#include "engine/program/program.h"

enum bench_shape { BENCH_CHAIN, BENCH_FAN, BENCH_TREE, BENCH_SHAPES };

/* n nodes below node 0: one after another, all side by side over one leaf, binary. */
void bench_graph(struct graph *g, enum bench_shape shape, uint32_t n);

/* A float32 matrix; turned: its columns are contiguous. */
struct tensor *bench_matrix(struct heap *h, int64_t rows, int64_t columns, bool turned);

/*
 * 784-512-512-10 with ReLU and cross entropy over a batch of 64: three products
 * forward, five backward (no gradient for the first input).
 */
#define BENCH_NETWORK_FLOPS                                                              \
    (2.0 * 64 * (784 * 512 + 512 * 512 + 512 * 10) * 2 + 2.0 * 64 * (512 * 512 + 5120))
MUST_CHECK bool bench_network(struct program *p, struct error *err);

/* Eight images of 64 x 28 x 28 under 64 kernels of 3 x 3, padded by 1; three products. */
#define BENCH_CONVOLUTION_FLOPS (3 * 2.0 * 8 * 28 * 28 * 64 * 64 * 9)
MUST_CHECK bool bench_convolution(struct program *p, struct error *err);

/* The widest tile of a product on operands in L1: what this machine can do at most. */
void bench_ceiling(void);
double bench_ceiling_flops(void);

#endif
