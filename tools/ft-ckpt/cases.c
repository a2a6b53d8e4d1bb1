/* cases.c: see cases.h. */
#include "cases.h"

#include "common/buf.h"
#include "common/num.h"
#include "container/envelope.h"
#include "container/open.h"
#include "judge/preflight.h"
#include "pickle/policy.h"
#include "tensors/digests.h"

#include <inttypes.h>
#include <string.h>

/* What an operation works on, and where its answer goes. */
struct answer {
    const struct json_doc *doc;
    const struct json *inputs;
    enum mode mode;
    struct diagnostics diagnostics;
    struct buf octets; /* of "base64" */
    struct json_out *j;
    struct error *failure; /* the case's own answer when it fails */
    bool ok;
    const char *packet_id, *case_id;
    FILE *out;
};

static int
sextet(char c)
{
    return c >= 'A' && c <= 'Z'   ? c - 'A'
           : c >= 'a' && c <= 'z' ? c - 'a' + 26
           : c >= '0' && c <= '9' ? c - '0' + 52
           : c == '+'             ? 62
           : c == '/'             ? 63
                                  : -1;
}

static bool
decode_base64(const char *text, struct buf *out, struct error *err)
{
    uint32_t group = 0;
    int count = 0;

    for (; *text && *text != '='; text++) {
        int x = sextet(*text);

        if (x < 0)
            return error_set(err, ERR_MALFORMED, "not base64");
        group = group << 6 | (uint32_t)x;
        if (++count == 4) {
            uint8_t octets[] = {(uint8_t)(group >> 16), (uint8_t)(group >> 8),
                                (uint8_t)group};

            buf_put(out, octets, 3);
            group = 0;
            count = 0;
        }
    }
    if (count == 2)
        buf_putc(out, (char)(group >> 4));
    if (count == 3) {
        buf_putc(out, (char)(group >> 10));
        buf_putc(out, (char)(group >> 2));
    }
    return true;
}

/* Begin the result line; the value's object is open when the case succeeded. */
static struct json_out *
begin(struct answer *a, bool ok)
{
    a->ok = ok;
    record_result_begin(a->j, a->out, a->packet_id, a->case_id, a->mode, ok);
    if (ok)
        json_object(a->j, "value");
    else
        record_result_error(a->j, a->failure);
    return a->j;
}

static void
put_tensor(struct json_out *j, const struct tensor *t, const struct digests *d, size_t i)
{
    char hex[DIGEST_HEX_SIZE];

    hex_encode(d->of[i], digest_size(d->kind), hex);
    json_object(j, NULL);
    json_string_n(j, "name", t->name, t->name_size);
    json_string(j, "dtype", dtype_name(t->dtype));
    json_array(j, "shape");
    for (uint32_t k = 0; k < t->rank; k++)
        json_u64(j, NULL, t->shape[k]);
    json_end(j);
    json_array(j, "stride");
    for (uint32_t k = 0; k < t->rank && t->stride; k++)
        json_u64(j, NULL, t->stride[k]);
    json_end(j);
    json_u64(j, "storage_offset", t->offset);
    json_bool(j, "requires_grad", t->requires_grad);
    json_bool(j, "parameter", t->parameter);
    json_string(j, "sha256", hex);
    json_end(j);
}

static void
run_list(struct answer *a, struct checkpoint *c, bool opened)
{
    struct digests d = {0};
    bool ok = opened && digests_make_stored(&d, c, DIGEST_SHA256, 1, a->failure);
    struct json_out *j = begin(a, ok);

    if (ok) {
        json_array(j, "tensors");
        for (size_t i = 0; i < c->tensor_count; i++)
            put_tensor(j, &c->tensors[i], &d, i);
        json_end(j);
        json_end(j);
    }
    digests_clear(&d);
}

static void
run_accepted(struct answer *a, struct checkpoint *c, bool opened)
{
    struct preflight p = {0};
    bool accepted = opened && preflight_make(&p, c) && p.accepted;
    struct json_out *j = begin(a, true);

    json_bool(j, "accepted", accepted);
    json_end(j);
    preflight_clear(&p);
}

static void
run_globals(struct answer *a, struct checkpoint *c, bool opened)
{
    struct preflight p = {0};
    bool found = preflight_make(&p, c);
    struct json_out *j = begin(a, found || opened);

    if (found || opened) {
        json_array(j, "globals");
        for (size_t i = 0; i < p.count; i++)
            json_string(j, NULL, p.refused[i].name);
        json_end(j);
        json_end(j);
    }
    preflight_clear(&p);
}

static bool
on_checkpoint(struct answer *a, void (*run)(struct answer *, struct checkpoint *, bool),
              struct error *err)
{
    struct open_options options = {.diagnostics = &a->diagnostics, .opaque = true};
    const char *text = NULL;
    struct checkpoint c;
    bool opened;

    if (!json_want_string(a->doc, a->inputs, "base64", &text, err) ||
        !decode_base64(text, &a->octets, err))
        return false;
    checkpoint_init(&c, "case");
    opened = checkpoint_load(&c, a->octets.data, a->octets.size, &options, a->failure);
    run(a, &c, opened);
    checkpoint_close(&c);
    return true;
}

static void
put_hexfloat(struct json_out *j, double x)
{
    char text[NUM_F64_SIZE];

    (void)num_format_hexfloat(x, text);
    json_string(j, NULL, text);
}

static bool
run_decode(struct answer *a, struct error *err)
{
    struct envelope e = {0};
    const char *text = NULL;
    struct json_out *j;
    bool ok;

    if (!json_want_string(a->doc, a->inputs, "text", &text, err))
        return false;
    ok = envelope_decode(&e, (const uint8_t *)text, strlen(text), a->mode, a->failure);
    j = begin(a, ok);
    if (ok) {
        json_string(j, "mode", mode_name(e.mode));
        json_stringf(j, "source_hash", "det64:%016" PRIx64, e.hash);
        json_array(j, "entries");
        for (size_t i = 0; i < e.count; i++) {
            json_array(j, NULL);
            json_u64(j, NULL, e.entries[i].node_id);
            put_hexfloat(j, e.entries[i].value);
            if (e.entries[i].has_grad)
                put_hexfloat(j, e.entries[i].grad);
            else
                json_null(j, NULL);
            json_end(j);
        }
        json_end(j);
        json_end(j);
    }
    envelope_clear(&e);
    return true;
}

/* [node, "hex float", "hex float" or null] */
static bool
read_entry(const struct json *node, struct envelope_entry *out)
{
    const struct json *id = json_first(node), *value = id ? json_next(id) : NULL;
    const struct json *grad = value ? json_next(value) : NULL;

    *out = (struct envelope_entry){0};
    if (!grad || !json_to_u64(id, &out->node_id) || json_type(value) != JSON_STRING ||
        !num_parse_hexfloat(json_text(value), &out->value))
        return false;
    out->has_grad = json_type(grad) != JSON_NULL;
    return !out->has_grad || (json_type(grad) == JSON_STRING &&
                              num_parse_hexfloat(json_text(grad), &out->grad));
}

static bool
run_encode(struct answer *a, struct error *err)
{
    struct envelope e = {0};
    struct buf text = {0};
    const struct json *list = NULL;
    const char *mode = NULL;
    struct json_out *j;
    bool ok = true;

    if (!json_want_string(a->doc, a->inputs, "mode", &mode, err) ||
        !json_want(a->doc, a->inputs, "entries", JSON_ARRAY, &list, err))
        return false;
    e.mode = strcmp(mode, "strict") == 0 ? MODE_STRICT : MODE_HARDENED;
    for (const struct json *n = json_first(list); ok && n; n = json_next(n)) {
        struct envelope_entry entry;

        ok = read_entry(n, &entry) ||
             json_fail(a->doc, n, err, ERR_MALFORMED, "not an entry of three");
        if (ok)
            envelope_add(&e, &entry);
    }
    if (ok) {
        bool encoded = envelope_encode(&e, &text, a->failure);

        j = begin(a, encoded);
        if (encoded) {
            json_string(j, "text", buf_string(&text));
            json_end(j);
        }
    }
    buf_clear(&text);
    envelope_clear(&e);
    return ok;
}

static bool
dispatch(struct answer *a, const char *operation, struct error *err)
{
    if (!a->inputs)
        return error_set(err, ERR_MALFORMED, "case '%s' has no inputs", a->case_id);
    if (strcmp(operation, "checkpoint_list") == 0)
        return on_checkpoint(a, run_list, err);
    if (strcmp(operation, "checkpoint_accepted") == 0)
        return on_checkpoint(a, run_accepted, err);
    if (strcmp(operation, "checkpoint_globals") == 0)
        return on_checkpoint(a, run_globals, err);
    if (strcmp(operation, "envelope_decode") == 0)
        return run_decode(a, err);
    if (strcmp(operation, "envelope_encode") == 0)
        return run_encode(a, err);
    return error_set(err, ERR_UNSUPPORTED, "unknown operation '%s'", operation);
}

bool
case_answer(const struct json_doc *doc, const struct record_case *c,
            const char *packet_id, enum mode mode, FILE *out, struct error *err)
{
    struct error failure = {0};
    struct json_out j;
    struct answer a = {.doc = doc,
                       .inputs = c->inputs,
                       .mode = mode,
                       .j = &j,
                       .failure = &failure,
                       .packet_id = packet_id,
                       .case_id = c->case_id,
                       .out = out};
    bool ok;

    diagnostics_init(&a.diagnostics, mode, DIAGNOSTICS_DEFAULT_MAX);
    ok = dispatch(&a, c->operation, err);
    if (ok)
        record_result_end(&j, &a.diagnostics);
    buf_clear(&a.octets);
    diagnostics_clear(&a.diagnostics);
    return ok;
}
