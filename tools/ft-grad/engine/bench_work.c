/*
 * bench_work.c: values come from a fixed generator, so that every run does the same.
 */
#include "engine/bench_work.h"

#include "tensor/gemm_kernels.h"

#include "common/buf.h"
#include "common/mem.h"

#include <stdlib.h>

static double
noise(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(int64_t)(*state >> 11) / (double)(INT64_C(1) << 53) - 0.5;
}

void
bench_graph(struct graph *g, enum bench_shape shape, uint32_t n)
{
    size_t edge = 0;

    graph_init(g, n, shape == BENCH_FAN ? 2 * ((size_t)n - 2) : (size_t)n - 1);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t first = i + 1, last = i + 2;

        if (shape == BENCH_TREE) {
            first = 2 * i + 1;
            last = 2 * i + 3;
        } else if (shape == BENCH_FAN) {
            first = i == 0 ? 1 : n - 1;
            last = i == 0 ? n - 1 : n;
        }
        g->first_edge[i] = edge;
        for (uint32_t to = first; to < last && to < n && i < n - 1; to++)
            g->edge[edge++].node = to;
        g->inputs[i] = 1;
        g->sequence_nr[i] = n - i;
    }
    g->first_edge[n] = edge;
    g->sequence_nr[n - 1] = GRAPH_SEQUENCE_LEAF;
    graph_number(g);
}

struct tensor *
bench_matrix(struct heap *h, int64_t rows, int64_t columns, bool turned)
{
    int64_t size[] = {turned ? columns : rows, turned ? rows : columns};
    struct tensor *x = tensor_new(h, TENSOR_F32, 2, size);
    uint64_t state = 1;

    for (int64_t i = 0; i < rows * columns; i++)
        tensor_f32(x)[i] = (float)noise(&state);
    x->size[0] = rows;
    x->size[1] = columns;
    x->stride[0] = turned ? 1 : columns;
    x->stride[1] = turned ? rows : 1;
    return x;
}

static void
put_leaf(struct buf *text, const char *name, const char *shape, bool trained)
{
    buf_printf(text, "%s{\"name\":\"%s\",\"shape\":%s,\"requires_grad\":%s}",
               text->data[text->size - 1] == '[' ? "" : ",", name, shape,
               trained ? "true" : "false");
}

/* The program of a text, with noise in its leaves. */
static bool
read_program(struct program *p, const struct buf *text, struct error *err)
{
    struct json_doc *doc = NULL;
    uint64_t state = 7;
    bool ok = json_parse(&doc, (const char *)text->data, text->size, NULL, err) &&
              program_read(p, doc, json_root(doc), err);

    for (size_t i = 0; ok && i < p->leaf_count; i++) {
        size_t n = (size_t)shape_count(p->leaves[i].dims, p->leaves[i].size, NULL);
        double *data = arena_alloc(&p->arena, n * sizeof(*data));

        for (size_t k = 0; k < n; k++)
            data[k] = noise(&state) / 8;
        p->leaves[i].data = data;
    }
    json_free(doc);
    return ok;
}

bool
bench_network(struct program *p, struct error *err)
{
    static const char ops[] =
        "{\"op\":\"linear\",\"in\":[\"x\",\"w1\",\"b1\"],\"out\":[\"h1\"]},"
        "{\"op\":\"relu\",\"in\":[\"h1\"],\"out\":[\"a1\"]},"
        "{\"op\":\"linear\",\"in\":[\"a1\",\"w2\",\"b2\"],\"out\":[\"h2\"]},"
        "{\"op\":\"relu\",\"in\":[\"h2\"],\"out\":[\"a2\"]},"
        "{\"op\":\"linear\",\"in\":[\"a2\",\"w3\",\"b3\"],\"out\":[\"h3\"]},"
        "{\"op\":\"cross_entropy\",\"in\":[\"h3\"],\"out\":[\"loss\"],"
        "\"attrs\":{\"target\":[";
    struct buf text = {0};
    bool ok;

    buf_puts(&text, "{\"dtype\":\"f32\",\"leaves\":[");
    put_leaf(&text, "x", "[64,784]", false);
    put_leaf(&text, "w1", "[512,784]", true);
    put_leaf(&text, "b1", "[512]", true);
    put_leaf(&text, "w2", "[512,512]", true);
    put_leaf(&text, "b2", "[512]", true);
    put_leaf(&text, "w3", "[10,512]", true);
    put_leaf(&text, "b3", "[10]", true);
    buf_printf(&text, "],\"ops\":[%s", ops);
    for (int i = 0; i < 64; i++)
        buf_printf(&text, "%s%d", i > 0 ? "," : "", i % 10);
    buf_puts(&text, "]}}],\"roots\":[{\"tensor\":\"loss\",\"grad\":null}]}");
    ok = read_program(p, &text, err);
    buf_clear(&text);
    return ok;
}

bool
bench_convolution(struct program *p, struct error *err)
{
    struct buf text = {0};
    bool ok;

    buf_puts(&text, "{\"dtype\":\"f32\",\"leaves\":[");
    put_leaf(&text, "x", "[8,64,28,28]", true);
    put_leaf(&text, "w", "[64,64,3,3]", true);
    buf_puts(&text, "],\"ops\":[{\"op\":\"conv2d\",\"in\":[\"x\",\"w\"],\"out\":[\"y\"],"
                    "\"attrs\":{\"stride\":1,\"padding\":1}},"
                    "{\"op\":\"sum\",\"in\":[\"y\"],\"out\":[\"z\"]}],"
                    "\"roots\":[{\"tensor\":\"z\",\"grad\":null}]}");
    ok = read_program(p, &text, err);
    buf_clear(&text);
    return ok;
}

enum { STEPS = 128, ROUNDS = 200 };

void
bench_ceiling(void)
{
    static float s[GEMM_ROWS_MAX * STEPS], v[64 * STEPS], c[GEMM_ROWS_MAX * 64];
    const struct gemm_f32_kernels *k = gemm_f32_select();
    int width = k->vectors * k->lanes;

    for (int i = 0; i < ROUNDS; i++)
        k->tile[k->rows - 1][k->vectors - 1](STEPS, s, STEPS, 1, v, c, width, true);
}

double
bench_ceiling_flops(void)
{
    const struct gemm_f32_kernels *k = gemm_f32_select();

    return 2.0 * STEPS * ROUNDS * k->rows * k->vectors * k->lanes;
}
