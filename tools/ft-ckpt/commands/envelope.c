/* envelope.c: the typed checkpoint envelope: decode and encode. */
#include "container/envelope.h"
#include "commands/commands.h"
#include "fault.h"

#include <string.h>

static int
run_decode(struct cli *cli, const void *options, struct error *err)
{
    struct envelope e = {0};
    struct input in = {0};
    struct json_out j;
    bool ok;

    (void)options;
    ok = input_open(&in, cli->operands[0], ENVELOPE_SIZE_MAX + 1, err) &&
         (envelope_decode(&e, in.data, in.size, cli->mode, err) ||
          error_in(err, cli->operands[0]));
    if (ok) {
        json_start(&j, cli->out, JSON_PRETTY);
        json_object(&j, NULL);
        json_string(&j, "mode", mode_name(e.mode));
        json_array(&j, "entries");
        for (size_t i = 0; i < e.count; i++) {
            json_object(&j, NULL);
            json_u64(&j, "node_id", e.entries[i].node_id);
            json_f64(&j, "value", e.entries[i].value);
            if (e.entries[i].has_grad)
                json_f64(&j, "grad", e.entries[i].grad);
            else
                json_null(&j, "grad");
            json_end(&j);
        }
        json_end(&j);
        json_end(&j);
    }
    envelope_clear(&e);
    input_close(&in);
    return ok ? 0 : CLI_ERROR;
}

static bool
read_entry(const struct json_doc *doc, const struct json *node, struct envelope *e,
           struct error *err)
{
    static const char *const keys[] = {"node_id", "value", "grad", NULL};
    struct envelope_entry entry = {0};
    const struct json *grad = json_get(node, "grad");

    if (!json_only(doc, node, keys, err) ||
        !json_want_u64(doc, node, "node_id", &entry.node_id, err) ||
        !json_want_f64(doc, node, "value", &entry.value, err))
        return false;
    entry.has_grad = grad && json_type(grad) != JSON_NULL;
    if (entry.has_grad && !json_to_f64(grad, &entry.grad))
        return json_fail(doc, grad, err, ERR_MALFORMED, "grad is not a number");
    envelope_add(e, &entry);
    return true;
}

/* What decode prints: {"mode", "entries"}. */
static bool
read_plain(const struct json_doc *doc, struct envelope *e, struct error *err)
{
    static const char *const keys[] = {"mode", "entries", NULL};
    const struct json *root = json_root(doc), *list = NULL;
    const char *mode = NULL;

    if (!json_only(doc, root, keys, err) ||
        !json_want_string(doc, root, "mode", &mode, err) ||
        !json_want(doc, root, "entries", JSON_ARRAY, &list, err))
        return false;
    e->mode = mode[0] == 'h' ? MODE_HARDENED : MODE_STRICT;
    if (strcmp(mode, mode_name(e->mode)) != 0)
        return json_fail(doc, json_get(root, "mode"), err, ERR_MALFORMED,
                         "the mode is strict or hardened");
    for (const struct json *n = json_first(list); n; n = json_next(n))
        if (json_type(n) != JSON_OBJECT || !read_entry(doc, n, e, err))
            return json_type(n) == JSON_OBJECT
                       ? false
                       : json_fail(doc, n, err, ERR_MALFORMED, "an entry is no object");
    return true;
}

static int
run_encode(struct cli *cli, const void *options, struct error *err)
{
    struct json_doc *doc = NULL;
    struct envelope e = {0};
    struct buf text = {0};
    bool ok;

    (void)options;
    ok = json_open(&doc, cli->operands[0], NULL, err) &&
         ((read_plain(doc, &e, err) && envelope_encode(&e, &text, err)) ||
          error_in(err, cli->operands[0]));
    if (ok)
        (void)fwrite(text.data, 1, text.size, cli->out);
    buf_clear(&text);
    envelope_clear(&e);
    json_free(doc);
    return ok ? 0 : CLI_ERROR;
}

const struct cli_command command_decode = {
    .name = "decode",
    .operands = "FILE",
    .summary = "check a typed envelope and print its entries",
    .examples = "  ft-ckpt decode --mode hardened state.json\n",
    .common = CLI_MODE | CLI_OUTPUT | CLI_JSON,
    .min_operands = 1,
    .max_operands = 1,
    .run = run_decode,
};

const struct cli_command command_encode = {
    .name = "encode",
    .operands = "FILE",
    .summary = "make a typed envelope of mode and entries",
    .details = "The input is what decode prints: {\"mode\": ..., \"entries\": [...]}.  "
               "rq-encode\nprotects the result.",
    .examples = "  ft-ckpt encode -o state.json entries.json\n",
    .common = CLI_OUTPUT,
    .min_operands = 1,
    .max_operands = 1,
    .run = run_encode,
};
