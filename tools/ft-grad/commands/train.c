/*
 * train.c: train a program's leaves; checkpoint, losses and their curve out.
 */
#include "commands/commands.h"

#include "engine/training/chart.h"
#include "engine/training/train.h"

#include "common/digest.h"
#include "common/json_out.h"
#include "common/term.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct train_command {
    const char *data, *weights, *checkpoint, *curve, *trace;
    uint64_t steps, seed;
    int optimizer, order, torch, matmul;
    const char *params;
};

struct files {
    struct program program;
    struct weights weights, data;
    struct trace trace;
    struct train train;
};

static bool
read_params(const char *text, struct optimizer_params *params, struct error *err)
{
    struct json_doc *doc = NULL;
    bool ok = json_parse(&doc, text, strlen(text), NULL, err);

    if (ok && json_type(json_root(doc)) != JSON_OBJECT)
        ok = error_set(err, ERR_MALFORMED, "not an object");
    ok = ok && optimizer_params_read(params, doc, json_root(doc), err);
    json_free(doc);
    return ok || error_in(err, "--params");
}

static bool
train_all(struct files *f, const struct train_command *o, const char *program,
          const struct train_options *how, struct error *err)
{
    if (!program_open(&f->program, program, err))
        return false;
    if (o->weights && (!weights_open(&f->weights, o->weights, err) ||
                       !weights_bind(&f->weights, &f->program, err)))
        return false;
    if (o->data && !weights_open(&f->data, o->data, err))
        return false;
    if (o->trace && !trace_open(&f->trace, o->trace, err))
        return false;
    if (!train_init(&f->train, &f->program, o->data ? &f->data : NULL, how,
                    o->trace ? &f->trace : NULL, err) ||
        !train_run(&f->train, err))
        return error_in(err, program);
    if (o->checkpoint && !train_save(&f->train, o->checkpoint, err))
        return false;
    if (o->curve && !chart_save(o->curve, "loss", f->train.losses, f->train.done, err))
        return false;
    return !o->trace || trace_commit(&f->trace, err);
}

/* One digest of the trained leaves, in the program's order. */
static void
digest_leaves(const struct train *t, char out[static DIGEST_HEX_SIZE])
{
    struct digest *d = digest_new(DIGEST_XXH3_128);
    uint8_t bytes[DIGEST_SIZE_MAX];

    for (size_t i = 0; i < t->program->leaf_count; i++) {
        const struct tensor *leaf = t->session.leaves[i];

        if (t->program->leaves[i].requires_grad)
            digest_update(d, tensor_data(leaf),
                          (size_t)tensor_count(leaf) * tensor_type_size(leaf->type));
    }
    digest_final(d, bytes);
    hex_encode(bytes, digest_size(DIGEST_XXH3_128), out);
    digest_free(d);
}

static void
print(struct cli *cli, const struct train *t)
{
    char digest[DIGEST_HEX_SIZE];
    struct json_out j;

    digest_leaves(t, digest);
    if (!cli->json) {
        (void)fprintf(cli->out, "%" PRIu64 " steps, loss %.9g to %.9g, weights %s\n",
                      t->done, t->losses[0], t->losses[t->done - 1], digest);
        return;
    }
    json_start(&j, cli->out, JSON_PRETTY);
    json_object(&j, NULL);
    json_string(&j, "schema", "ft-grad-train/1");
    json_u64(&j, "steps", t->done);
    json_string(&j, "optimizer", optimizer_name(t->options->optimizer));
    json_u64(&j, "samples", t->samples);
    json_u64(&j, "batch", t->batch);
    json_string(&j, "weights", digest);
    json_array(&j, "losses");
    for (uint64_t i = 0; i < t->done; i++)
        json_f64(&j, NULL, t->losses[i]);
    json_end(&j);
    json_end(&j);
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    const struct train_command *o = options;
    struct train_options how = {.steps = o->steps,
                                .optimizer = (enum optimizer_kind)o->optimizer,
                                .shuffle = o->order == 0,
                                .seed = o->seed,
                                .version = o->torch == 1 ? TORCH_1_13 : TORCH_2_6,
                                .blas = o->matmul == 1,
                                .threads = (unsigned)cli->threads};
    struct files f = {0};
    bool ok = true;

    optimizer_defaults(how.optimizer, &how.params);
    if (o->params)
        ok = read_params(o->params, &how.params, err);
    ok = ok && train_all(&f, o, cli->operands[0], &how, err);
    if (ok)
        print(cli, &f.train);
    if (f.train.program)
        train_clear(&f.train);
    if (o->trace)
        trace_discard(&f.trace);
    weights_close(&f.data);
    weights_close(&f.weights);
    program_clear(&f.program);
    return ok ? 0 : CLI_ERROR;
}

static const struct train_command train_defaults = {.steps = 100};

static const char *const orders[] = {"shuffled", "file", NULL};
static const char *const versions[] = {"2.6", "1.13", NULL};
static const char *const optimizers[] = {"SGD",     "Adam",     "AdamW",  "Adagrad",
                                         "RMSprop", "Adadelta", "Adamax", "NAdam",
                                         "RAdam",   "ASGD",     "Rprop",  NULL};

#define FIELD(name) .offset = offsetof(struct train_command, name)
static const struct cli_option train_options[] = {
    {.name = "data",
     .type = CLI_TEXT,
     FIELD(data),
     .metavar = "FILE",
     .help = "samples (safetensors); leaves of these names are batches"},
    {.name = "weights",
     .type = CLI_TEXT,
     FIELD(weights),
     .metavar = "FILE",
     .help = "first values of leaves (safetensors)"},
    {.name = "steps",
     .type = CLI_U64,
     FIELD(steps),
     .metavar = "N",
     .help = "optimizer steps (default 100)",
     .min = 1,
     .max = 100000000},
    {.name = "optimizer",
     .type = CLI_CHOICE,
     FIELD(optimizer),
     .metavar = "NAME",
     .help = "an optimizer of torch.optim (default SGD)",
     .choices = optimizers},
    {.name = "params",
     .type = CLI_TEXT,
     FIELD(params),
     .metavar = "JSON",
     .help = "its arguments, as {\"lr\": 0.1}; others have torch's defaults"},
    {.name = "order",
     .type = CLI_CHOICE,
     FIELD(order),
     .metavar = "ORDER",
     .help = "of samples: shuffled (default) or file",
     .choices = orders},
    {.name = "seed",
     .type = CLI_U64,
     FIELD(seed),
     .metavar = "N",
     .help = "of the shuffled order (default 0)"},
    {.name = "checkpoint",
     .type = CLI_TEXT,
     FIELD(checkpoint),
     .metavar = "FILE",
     .help = "write the trained leaves there (safetensors)"},
    {.name = "curve",
     .type = CLI_TEXT,
     FIELD(curve),
     .metavar = "FILE",
     .help = "draw the losses there (SVG)"},
    {.name = "trace",
     .type = CLI_TEXT,
     FIELD(trace),
     .metavar = "FILE",
     .help = "record every tensor of every step, for diverge"},
    {.name = "torch",
     .type = CLI_CHOICE,
     FIELD(torch),
     .metavar = "VERSION",
     .help = "behave as torch 2.6 (default) or 1.13",
     .choices = versions},
    MATMUL_OPTION(struct train_command, matmul),
    CLI_OPTION_END,
};

const struct cli_command command_train = {
    .name = "train",
    .operands = "PROGRAM",
    .summary = "train a program's leaves, deterministically",
    .details =
        "The program has one root, the loss.  A leaf that the data file names takes a\n"
        "batch of its first dimension; a pass takes whole batches only.",
    .examples = "  ft-grad train --data digits.safetensors --params '{\"lr\": 0.1}' \\\n"
                "      --checkpoint out.safetensors --curve loss.svg net.json\n",
    .options = train_options,
    .options_size = sizeof(struct train_command),
    .defaults = &train_defaults,
    .common = CLI_JSON | CLI_OUTPUT | CLI_THREADS,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
