/*
 * onnx_run.c: `ft-grad onnx run` and `import`.
 */
#include "commands/onnx.h"

#include "engine/program/weights.h"
#include "engine/trace/trace.h"
#include "onnx/run.h"

#include "common/mem.h"
#include "common/num.h"
#include "common/term.h"
#include "common/timing.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { REPEAT_MAX = 100000 };

/* runs 0: not measured. */
struct repeated {
    uint64_t runs;
    struct timing each;
};

/* Run n times more: loading, weights and memory are there by then. */
static bool
measure(struct onnx_run *r, uint64_t n, struct repeated *out, struct error *err)
{
    double *times;
    bool ok = true;

    if (n > REPEAT_MAX)
        return error_set(err, ERR_USAGE, "--repeat %" PRIu64 " (at most %d)", n,
                         (int)REPEAT_MAX);
    times = xcalloc(n + 1, sizeof(*times));
    for (uint64_t i = 0; ok && i < n; i++) {
        uint64_t start = timing_ns();

        ok = onnx_run_forward(r, err);
        times[i] = timing_seconds(start, timing_ns());
    }
    if (ok && n > 0)
        *out = (struct repeated){n, timing_of(times, n)};
    free(times);
    return ok;
}

static void
print_json(FILE *out, struct onnx_run *r, const struct repeated *t)
{
    const struct program *p = &r->program;
    struct json_out j;

    json_start(&j, out, JSON_PRETTY);
    json_object(&j, NULL);
    json_string(&j, "schema", "ft-grad-onnx-result/1");
    json_array(&j, "outputs");
    for (size_t i = 0; i < p->root_count; i++) {
        struct tensor *x = r->values[p->roots[i].value];

        json_object(&j, NULL);
        json_string(&j, "name", p->names[p->roots[i].value]);
        json_string(&j, "dtype", tensor_type_name(x->type));
        json_array(&j, "shape");
        for (int d = 0; d < x->dims; d++)
            json_i64(&j, NULL, x->size[d]);
        json_end(&j);
        tensor_write_data(&j, "data", &r->tape.heap, x);
        json_end(&j);
    }
    json_end(&j);
    if (t->runs > 0) {
        json_object(&j, "seconds");
        json_u64(&j, "runs", t->runs);
        json_f64(&j, "best", t->each.best);
        json_f64(&j, "median", t->each.median);
        json_end(&j);
    }
    json_end(&j);
}

static void
print_text(FILE *out, struct onnx_run *r, const struct repeated *t)
{
    const struct program *p = &r->program;
    struct term_table *table = term_table_new();

    term_column(table, "OUTPUT", TERM_LEFT);
    term_column(table, "DTYPE", TERM_LEFT);
    term_column(table, "SHAPE", TERM_LEFT);
    term_column(table, "VALUES", TERM_LEFT);
    for (size_t i = 0; i < p->root_count; i++) {
        struct tensor *x = r->values[p->roots[i].value];
        struct tensor *flat = tensor_contiguous(&r->tape.heap, x);
        char shape[SHAPE_TEXT], text[160] = "";
        size_t used = 0;

        for (int64_t k = 0; flat && k < tensor_count(flat) && k < 6; k++)
            used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%.6g",
                                     k > 0 ? " " : "", tensor_get(flat, k));
        term_cell(table, "%s", p->names[p->roots[i].value]);
        term_cell(table, "%s", tensor_type_name(x->type));
        term_cell(table, "%s", shape_text(x->dims, x->size, shape));
        term_cell(table, "%s%s", text, tensor_count(x) > 6 ? " ..." : "");
    }
    term_table_print(table, out);
    if (t->runs > 0)
        (void)fprintf(out, "%" PRIu64 " runs: best %.3f ms, median %.3f ms\n", t->runs,
                      t->each.best * 1e3, t->each.median * 1e3);
}

/* The outputs, each once, as a safetensors file. */
static bool
save(struct onnx_run *r, const char *path, struct error *err)
{
    const struct program *p = &r->program;
    const char **names = xcalloc(p->root_count, sizeof(*names));
    struct tensor **list = xcalloc(p->root_count, sizeof(*list));
    size_t n = 0;
    bool ok;

    for (size_t i = 0; i < p->root_count; i++) {
        uint32_t value = p->roots[i].value;
        bool again = false;

        for (size_t k = 0; k < i; k++)
            again = again || p->roots[k].value == value;
        list[n] = again ? NULL : tensor_contiguous(&r->tape.heap, r->values[value]);
        names[n] = p->names[value];
        n += list[n] != NULL;
    }
    ok = weights_save(path, names, list, n, err);
    free(names);
    free(list);
    return ok;
}

/* One run, and a record of what it computed where one is asked for. */
static bool
run_once(struct onnx_run *r, const char *record, struct error *err)
{
    struct trace trace = {0};
    bool ok;

    if (!record)
        return onnx_run_forward(r, err);
    if (!trace_open(&trace, record, err))
        return false;
    r->trace = &trace;
    trace_step(&trace);
    ok = onnx_run_forward(r, err) && trace_commit(&trace, err);
    r->trace = NULL;
    trace_discard(&trace);
    return ok;
}

int
onnx_run_command(struct cli *cli, const struct onnx_options *o, struct error *err)
{
    struct onnx_run r;
    struct repeated timing = {0};
    bool ok = onnx_run_open(&r, cli->operands[1], ONNX_WANTS_NONE, err);

    r.tape.threads = (unsigned)cli->threads;
    for (size_t i = 2; ok && i < cli->operand_count; i++)
        ok = onnx_run_bind_file(&r, i - 2, cli->operands[i], err);
    ok = ok && ((run_once(&r, o->trace, err) && measure(&r, o->repeat, &timing, err)) ||
                error_in(err, cli->operands[1]));
    ok = ok && (!o->tensors || save(&r, o->tensors, err));
    if (ok && cli->json)
        print_json(cli->out, &r, &timing);
    else if (ok)
        print_text(cli->out, &r, &timing);
    onnx_run_close(&r);
    return ok ? 0 : CLI_ERROR;
}

/* NAME=1,3,224,224 into the leaf of that name. */
static bool
set_shape(struct program *p, const char *text, struct error *err)
{
    const char *equals = strchr(text, '=');
    char *name = xstrndup(text, equals ? (size_t)(equals - text) : 0);
    uint32_t value = program_value(p, name);
    struct program_leaf *leaf = NULL;
    bool ok = equals != NULL;

    free(name);
    for (size_t i = 0; i < p->leaf_count; i++) {
        if (p->leaves[i].value == value && !p->leaves[i].octets)
            leaf = &p->leaves[i];
    }
    if (!leaf || !ok)
        return error_set(err, ERR_USAGE, "--shape %s: no such input", text);
    {
        int dims = 0;
        const char *at = equals + 1;

        while (ok && *at && dims < TENSOR_DIMS_MAX) {
            size_t n = strcspn(at, ",");
            int64_t size;

            ok = num_parse_i64(at, n, &size) && size >= 0 &&
                 (leaf->dims < 0 || (dims < leaf->dims &&
                                     (leaf->size[dims] < 0 || leaf->size[dims] == size)));
            leaf->size[dims++] = ok ? size : 0;
            at += n + (at[n] == ',');
        }
        ok = ok && !*at && (leaf->dims < 0 || dims == leaf->dims);
        leaf->dims = dims;
    }
    return ok || error_set(err, ERR_USAGE,
                           "--shape %s: not a shape that the model allows", text);
}

static bool
check_shapes(const struct program *p, struct error *err)
{
    for (size_t i = 0; i < p->leaf_count; i++) {
        const struct program_leaf *leaf = &p->leaves[i];
        bool known = leaf->dims >= 0;

        for (int d = 0; d < leaf->dims; d++)
            known = known && leaf->size[d] >= 0;
        if (!known)
            return error_set(err, ERR_UNSUPPORTED,
                             "the model leaves the shape of input '%.200s' open (give "
                             "--shape NAME=N,N, or the input)",
                             p->names[leaf->value]);
    }
    return true;
}

/* Inputs that are given become data of their leaves. */
static bool
keep_inputs(struct cli *cli, struct onnx_run *r, struct error *err)
{
    struct program *p = &r->program;

    for (size_t i = 3; i < cli->operand_count; i++) {
        if (!onnx_run_bind_file(r, i - 3, cli->operands[i], err))
            return false;
    }
    for (size_t i = 0; i < p->leaf_count; i++) {
        struct program_leaf *leaf = &p->leaves[i];
        const struct tensor *x = r->leaves[i];

        if (!x)
            continue;
        leaf->octets = tensor_data(x);
        leaf->dims = x->dims;
        memcpy(leaf->size, x->size, sizeof(x->size));
    }
    return true;
}

/* With all data there: roots that can be differentiated, each with ones as gradient. */
static bool
seed_roots(struct onnx_run *r, struct error *err)
{
    struct program *p = &r->program;
    size_t n = 0;

    for (size_t i = 0; i < p->leaf_count; i++) {
        if (!p->leaves[i].octets)
            return true;
    }
    if (!onnx_run_forward(r, err))
        return false;
    for (size_t i = 0; i < p->root_count; i++) {
        const struct tensor *x = r->values[p->roots[i].value];
        size_t count = (size_t)tensor_count(x);
        double *ones;

        if (!tape_tracks(x))
            continue;
        ones = arena_alloc(&p->arena, (count + 1) * sizeof(*ones));
        for (size_t k = 0; k < count; k++)
            ones[k] = 1;
        p->roots[n] = p->roots[i];
        p->roots[n].grad = ones;
        p->roots[n++].grad_count = count;
    }
    if (n == 0)
        return error_set(err, ERR_UNSUPPORTED,
                         "no output depends on a leaf that wants a gradient");
    p->root_count = n;
    return true;
}

int
onnx_import_command(struct cli *cli, const struct onnx_options *o, struct error *err)
{
    const char *path = cli->operands[2], *dot = strrchr(path, '.');
    struct onnx_run r;
    struct program *p = &r.program;
    char *tensors;
    bool ok, weights = false;

    tensors = o->tensors ? xstrdup(o->tensors)
                         : xasprintf("%.*s.safetensors",
                                     dot && !strchr(dot, '/') ? (int)(dot - path)
                                                              : (int)strlen(path),
                                     path);
    ok = onnx_run_open(&r, cli->operands[1], (enum onnx_wants)o->grad, err);
    for (size_t i = 0; ok && i < o->shapes.count; i++)
        ok = set_shape(p, o->shapes.items[i], err);
    ok = ok && keep_inputs(cli, &r, err) &&
         (check_shapes(p, err) || error_in(err, cli->operands[1]));
    ok = ok && (o->grad == ONNX_WANTS_NONE || seed_roots(&r, err) ||
                error_in(err, cli->operands[1]));
    for (size_t i = 0; i < p->leaf_count; i++)
        weights = weights || p->leaves[i].octets;
    ok = ok && program_save(p, path, weights ? tensors : NULL, err);
    if (ok)
        (void)fprintf(cli->out, "%s: %zu nodes, %zu leaves%s%s\n", path, p->op_count,
                      p->leaf_count, weights ? ", data in " : "", weights ? tensors : "");
    free(tensors);
    onnx_run_close(&r);
    return ok ? 0 : CLI_ERROR;
}
