/*
 * samples.c: programs as functions of their leaves, or (second order) their
 * gradients as functions of them; samples are written as programs and read as such.
 */
#include "engine/check/samples.h"

#include "engine/backward.h"

#include "common/buf.h"
#include "common/json_in.h"
#include "common/mem.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct gradcheck_sample gradcheck_samples[] = {
#define SAMPLE(op, outputs, shapes, low, high, attrs)                                    \
    {#op, outputs, shapes, low, high, attrs},
#include "engine/check/samples.def"
#undef SAMPLE
};

const size_t gradcheck_sample_count = COUNT_OF(gradcheck_samples);

/* The function under test. */
struct target {
    const struct program *program;
    size_t root;
    size_t leaf; /* second order: whose gradient */
};

/* The leaves themselves are the inputs, so that gradients arrive at them. */
static struct tensor *
value(void *context, struct tape *t, struct tensor *const *inputs)
{
    const struct target *target = context;
    const struct program *p = target->program;
    struct tensor **tensors = xcalloc((size_t)p->values + 1, sizeof(struct tensor *));
    struct tensor *y = NULL;

    if (program_forward_from(p, t, tensors, inputs, NULL))
        y = tensors[p->roots[target->root].value];
    free(tensors);
    return y;
}

/* Numbers without pattern in [low, high]: multiples of the golden ratio, modulo 1. */
static double
spread(int64_t k, double low, double high)
{
    double x = (double)(k + 1) * 0.6180339887498949;

    return low + (high - low) * (x - floor(x));
}

/* The gradient of the root, weighted, with respect to one leaf; 0 where there is none. */
static struct tensor *
slope(void *context, struct tape *t, struct tensor *const *inputs)
{
    const struct target *target = context;
    struct backward_report report = {0};
    bool recording = t->recording;
    struct tensor *y, *weights, *g = NULL, *x = inputs[target->leaf];

    t->recording = true;
    y = value(context, t, inputs);
    weights = y ? tape_check(t, tensor_like(&t->heap, y)) : NULL;
    for (int64_t i = 0; weights && i < tensor_count(weights); i++)
        tensor_set(weights, i, spread(i + 100, 0.5, 1.5));
    if (weights && tape_tracks(y)) {
        struct backward_call call = {.roots = &y,
                                     .root_grads = &weights,
                                     .root_count = 1,
                                     .inputs = &x,
                                     .input_count = 1,
                                     .create_graph = true,
                                     .retain_graph = true,
                                     .allow_unused = true};

        if (backward_run(t, &call, &report))
            g = report.captured[0];
        backward_report_clear(&report);
    }
    t->recording = recording;
    return t->failed ? NULL : g ? g : op_zeros_like(t, x);
}

/* Add the counts of one run; elements that failed are kept only the first time. */
static void
add_report(struct gradcheck_report *sum, struct gradcheck_report *part)
{
    sum->elements += part->elements;
    for (int v = 0; v < 4; v++)
        sum->count[v] += part->count[v];
    sum->torch_passes = sum->torch_passes && part->torch_passes;
    if (!sum->failed) {
        sum->failed = part->failed;
        sum->failed_count = part->failed_count;
        part->failed = NULL;
    }
    if (sum->message.size == 0) {
        sum->message = part->message;
        memset(&part->message, 0, sizeof(part->message));
    }
    gradcheck_report_clear(part);
}

bool
gradcheck_program(const struct program *p, size_t root, const struct gradcheck_how *how,
                  struct gradcheck_report *report, struct error *err)
{
    struct target target = {.program = p, .root = root};
    struct tensor **inputs = xcalloc(p->leaf_count + 1, sizeof(struct tensor *));
    struct gradcheck_call call = {.f = how->second ? slope : value,
                                  .context = &target,
                                  .inputs = inputs,
                                  .input_count = p->leaf_count,
                                  .eps = how->eps,
                                  .atol = how->atol,
                                  .rtol = how->rtol,
                                  .fast = how->fast};
    struct tape t;
    bool ok;

    memset(report, 0, sizeof(*report));
    report->torch_passes = true;
    tape_init(&t, TORCH_2_6);
    ok = program_leaves(p, &t, inputs);
    for (size_t k = 0; ok && k < (how->second ? p->leaf_count : 1); k++) {
        struct gradcheck_report part;

        if (how->second && !inputs[k]->requires_grad)
            continue;
        target.leaf = k;
        ok = gradcheck_run(&t, &call, &part);
        add_report(report, &part);
    }
    if (!ok)
        *err = t.error;
    tape_clear(&t);
    free(inputs);
    return ok;
}

enum { INPUTS_MAX = 16 };

/* One leaf for each shape; kind[] says how the operator gets it: x itself, or g: x x^T.
 */
static size_t
write_leaves(struct buf *text, const struct gradcheck_sample *s, char kind[INPUTS_MAX])
{
    size_t count = 0;
    int64_t k = 0;

    buf_puts(text, "\"leaves\":[");
    for (const char *p = s->shapes; *p; count++) {
        size_t size = strcspn(p, ";-+");
        int64_t elements = 1;
        bool constant = p[size] == '-';

        assert(count < INPUTS_MAX);
        kind[count] = p[size] == '+' ? 'g' : 'x';

        for (const char *d = p; d < p + size; d += strcspn(d, ",;-+") + 1)
            elements *= strtoll(d, NULL, 10);
        buf_printf(
            text, "%s{\"name\":\"x%zu\",\"shape\":[%.*s],\"requires_grad\":%s,\"data\":[",
            count > 0 ? "," : "", count, (int)size, p, constant ? "false" : "true");
        for (int64_t i = 0; i < elements; i++)
            buf_printf(text, "%s%.6f", i > 0 ? "," : "", spread(k++, s->low, s->high));
        buf_puts(text, "]}");
        p += size + (p[size] == '-' || p[size] == '+');
        p += *p == ';';
    }
    buf_puts(text, "],");
    return count;
}

static void
write_names(struct buf *text, const char *key, const char *letters, size_t count)
{
    buf_printf(text, "\"%s\":[", key);
    for (size_t i = 0; i < count; i++)
        buf_printf(text, "%s\"%c%zu\"", i > 0 ? "," : "", letters[i], i);
    buf_putc(text, ']');
}

static void
write_sample(struct buf *text, const struct gradcheck_sample *s)
{
    char kind[INPUTS_MAX] = "", outputs[INPUTS_MAX];
    size_t inputs, from;

    buf_puts(text, "{\"schema\":\"ft-grad-program/1\",\"dtype\":\"f64\",");
    inputs = write_leaves(text, s, kind);
    memset(outputs, 'y', sizeof(outputs));
    buf_puts(text, "\"ops\":[");
    for (size_t i = 0; i < inputs; i++) {
        if (kind[i] == 'g')
            buf_printf(text,
                       "{\"op\":\"einsum\",\"in\":[\"x%zu\",\"x%zu\"],\"out\":[\"g%zu\"],"
                       "\"attrs\":{\"equation\":\"ik,jk->ij\"}},",
                       i, i, i);
    }
    buf_printf(text, "{\"op\":\"%s\",", s->op);
    write_names(text, "in", kind, inputs);
    buf_putc(text, ',');
    write_names(text, "out", outputs, (size_t)s->outputs);
    buf_puts(text, ",\"attrs\":{");
    from = text->size;
    buf_puts(text, s->attrs);
    for (size_t i = from; i < text->size; i++) {
        if (text->data[i] == '\'')
            text->data[i] = '"';
    }
    buf_puts(text, "}}],\"roots\":[");
    for (int i = 0; i < s->outputs; i++)
        buf_printf(text, "%s{\"tensor\":\"y%d\",\"grad\":null}", i > 0 ? "," : "", i);
    buf_puts(text, "],\"call\":{\"kind\":\"backward\"}}");
}

bool
gradcheck_sample_run(const struct gradcheck_sample *s, const struct gradcheck_how *how,
                     struct gradcheck_report *report, struct error *err)
{
    struct buf text = {0};
    struct json_doc *doc = NULL;
    struct program p = {0};
    bool ok;

    memset(report, 0, sizeof(*report));
    report->torch_passes = true;
    write_sample(&text, s);
    ok = json_parse(&doc, buf_string(&text), text.size, NULL, err) &&
         program_read(&p, doc, json_root(doc), err);
    for (size_t k = 0; ok && k < (size_t)s->outputs; k++) {
        struct gradcheck_report part;

        ok = gradcheck_program(&p, k, how, &part, err);
        add_report(report, &part);
    }
    program_clear(&p);
    json_free(doc);
    buf_clear(&text);
    return ok;
}
