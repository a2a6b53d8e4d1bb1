/*
 * diverge.c: where two runs first part.
 */
#include "commands/commands.h"

#include "engine/trace/diverge.h"

#include "common/file.h"
#include "common/json_out.h"

#include <inttypes.h>

struct side {
    struct input input;
    struct trace_reader reader;
};

static void
print_place(FILE *out, const struct trace_record *r)
{
    (void)fprintf(out, "step %" PRIu64 ", %s, %s, output %" PRIu64, r->step, r->pass,
                  r->node, r->output);
}

static void
print_text(FILE *out, const struct divergence_report *r)
{
    if (r->kind == DIVERGE_NOWHERE) {
        (void)fprintf(out, "the same %" PRIu64 " records\n", r->record);
        return;
    }
    (void)fprintf(out, "first difference at record %" PRIu64 ": ", r->record);
    if (r->kind == DIVERGE_END) {
        (void)fprintf(out, "the %s trace ends, the other goes on with ",
                      r->ended[0] ? "first" : "second");
        print_place(out, r->ended[0] ? &r->b : &r->a);
    } else if (r->kind == DIVERGE_RECORD) {
        print_place(out, &r->a);
        (void)fprintf(out, " against ");
        print_place(out, &r->b);
    } else {
        print_place(out, &r->a);
        if (r->known)
            (void)fprintf(out,
                          "; %" PRId64 " elements differ, the first is %" PRId64
                          ": %.17g and %.17g; at most %" PRIu64 " ULP",
                          r->differing, r->element, r->value[0], r->value[1], r->ulp);
        else
            (void)fprintf(out, "; digests %s and %s", r->a.digest, r->b.digest);
    }
    (void)fprintf(out, "\n");
}

static void
put_record(struct json_out *j, const char *key, const struct trace_record *r, bool ended)
{
    if (ended) {
        json_null(j, key);
        return;
    }
    json_object(j, key);
    json_u64(j, "step", r->step);
    json_string(j, "pass", r->pass);
    json_string(j, "node", r->node);
    json_u64(j, "output", r->output);
    if (r->defined)
        json_string(j, "xxh3", r->digest);
    json_end(j);
}

static void
print_json(FILE *out, const struct divergence_report *r)
{
    static const char *const kinds[] = {
        [DIVERGE_NOWHERE] = "none",
        [DIVERGE_END] = "end",
        [DIVERGE_RECORD] = "record",
        [DIVERGE_VALUE] = "value",
    };
    struct json_out j;

    json_start(&j, out, JSON_PRETTY);
    json_object(&j, NULL);
    json_string(&j, "schema", "ft-grad-diverge/1");
    json_string(&j, "difference", kinds[r->kind]);
    json_u64(&j, "record", r->record);
    if (r->kind != DIVERGE_NOWHERE) {
        put_record(&j, "a", &r->a, r->ended[0]);
        put_record(&j, "b", &r->b, r->ended[1]);
    }
    if (r->kind == DIVERGE_VALUE && r->known) {
        json_i64(&j, "differing", r->differing);
        json_i64(&j, "element", r->element);
        json_array(&j, "values");
        json_f64(&j, NULL, r->value[0]);
        json_f64(&j, NULL, r->value[1]);
        json_end(&j);
        json_u64(&j, "ulp", r->ulp);
    }
    json_end(&j);
}

static bool
open_side(struct side *s, const char *path, struct error *err)
{
    return (input_open(&s->input, path, UINT64_C(1) << 36, err) &&
            trace_read_begin(&s->reader, (const char *)s->input.data, s->input.size,
                             err)) ||
           error_in(err, path);
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    struct side sides[2] = {0};
    struct divergence_report report = {0};
    bool ok = open_side(&sides[0], cli->operands[0], err) &&
              open_side(&sides[1], cli->operands[1], err);

    (void)options;
    if (ok) {
        ok = diverge_find(&sides[0].reader, &sides[1].reader, &report, err);
        if (!ok) /* of the two, the one that read last is at fault */
            (void)error_in(
                err, cli->operands[sides[0].reader.line > sides[1].reader.line ? 0 : 1]);
    }
    if (ok && cli->json)
        print_json(cli->out, &report);
    else if (ok)
        print_text(cli->out, &report);
    for (int i = 0; i < 2; i++) {
        trace_read_end(&sides[i].reader);
        input_close(&sides[i].input);
    }
    return !ok ? CLI_ERROR : report.kind != DIVERGE_NOWHERE ? 1 : 0;
}

const struct cli_command command_diverge = {
    .name = "diverge",
    .operands = "TRACE TRACE",
    .summary = "name the first difference between two recorded runs",
    .details = "Traces come from --trace of grad and train.  Exit 1 when they differ.",
    .examples = "  ft-grad diverge one.trace two.trace\n",
    .common = CLI_JSON | CLI_OUTPUT,
    .min_operands = 2,
    .max_operands = 2,
    .run = run,
};
