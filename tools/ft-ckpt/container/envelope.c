/* envelope.c: see envelope.h (ft-serialize, decode_checkpoint and encode_checkpoint). */
#include "container/envelope.h"

#include "common/bytes.h"
#include "common/json_scan.h"
#include "common/mem.h"
#include "common/num.h"
#include "container/det64.h"
#include "container/serde_number.h"
#include "fault.h"
#include "pickle/utf8.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 128, STRICT_MESSAGE_MAX = 200, HARDENED_MESSAGE_MAX = 220 };

enum field { FIELD_VERSION, FIELD_MODE, FIELD_ENTRIES, FIELD_HASH, FIELDS };
static const char *const field_names[] = {"schema_version", "mode", "entries",
                                          "source_hash"};
enum entry_field { ENTRY_NODE, ENTRY_VALUE, ENTRY_GRAD, ENTRY_FIELDS };
static const char *const entry_names[] = {"node_id", "value", "grad"};

struct decoder {
    struct json_scan scan;
    enum mode mode;
    struct envelope *out;
    uint64_t version;
    char hash[64];
    struct error *err;
};

/* A message cut to the mode's bound, at a character's start. */
static bool
refuse(struct decoder *d, const char *name, const char *prefix, const char *what)
{
    size_t limit = d->mode == MODE_STRICT ? STRICT_MESSAGE_MAX : HARDENED_MESSAGE_MAX;
    size_t n = strlen(what);

    if (n > limit)
        for (n = limit; n > 0 && ((unsigned char)what[n] & 0xc0) == 0x80;)
            n--;
    return fault(d->err, ERR_MALFORMED, name, "%s%.*s%s", prefix, (int)n, what,
                 what[n] ? "..." : "");
}

static bool
invalid_json(struct decoder *d, const char *what)
{
    return refuse(d, "InvalidJson", "invalid json: ", what);
}

/* What strict calls InvalidJson and hardened IncompatiblePayload. */
static bool
incompatible(struct decoder *d, const char *what)
{
    if (d->mode == MODE_STRICT)
        return invalid_json(d, what);
    return refuse(d, "IncompatiblePayload", "incompatible payload: ", what);
}

static bool
unknown_field(struct decoder *d, const char *name, size_t n)
{
    char text[128], message[192];

    (void)fault_text(name, n, text, sizeof text);
    (void)snprintf(message, sizeof message, "unknown field '%s'", text);
    return refuse(d, "UnknownField", "", message);
}

static bool
next(struct decoder *d, enum json_token *token)
{
    struct error why = {0};

    if (json_scan_next(&d->scan, token, &why))
        return true;
    return invalid_json(d, why.message);
}

static bool
want(struct decoder *d, enum json_token token, enum json_token wanted, const char *what)
{
    return token == wanted || incompatible(d, what);
}

/* The finite number of the current token. */
static bool
number(struct decoder *d, double *out)
{
    if (!num_parse_f64(d->scan.token, d->scan.token_size, out) || isinf(*out))
        return invalid_json(d, "number out of range");
    return true;
}

static bool
integer(struct decoder *d, enum json_token token, uint64_t limit, uint64_t *out,
        const char *what)
{
    double ignored;

    if (!want(d, token, JSON_TOKEN_NUMBER, what) || !number(d, &ignored))
        return false;
    return (num_parse_u64(d->scan.token, d->scan.token_size, out) && *out <= limit) ||
           incompatible(d, what);
}

static int
find_name(const struct decoder *d, const char *const *names, int n)
{
    for (int i = 0; i < n; i++)
        if (strlen(names[i]) == d->scan.token_size &&
            memcmp(names[i], d->scan.token, d->scan.token_size) == 0)
            return i;
    return -1;
}

static bool
entry_member(struct decoder *d, int field, struct envelope_entry *e)
{
    enum json_token token;

    if (!next(d, &token))
        return false;
    if (field == ENTRY_NODE)
        return integer(d, token, UINT64_MAX, &e->node_id, "node_id is not a u64");
    if (field == ENTRY_GRAD && token == JSON_TOKEN_NULL)
        return true;
    if (!want(d, token, JSON_TOKEN_NUMBER, "value or grad is not a number"))
        return false;
    e->has_grad |= field == ENTRY_GRAD;
    return number(d, field == ENTRY_GRAD ? &e->grad : &e->value);
}

static bool
entry(struct decoder *d)
{
    struct envelope_entry e = {0};
    bool seen[ENTRY_FIELDS] = {0};
    enum json_token token;

    for (;;) {
        int field;

        if (!next(d, &token))
            return false;
        if (token == JSON_TOKEN_END)
            break;
        field = find_name(d, entry_names, ENTRY_FIELDS);
        if (field < 0)
            return d->mode == MODE_STRICT
                       ? unknown_field(d, d->scan.token, d->scan.token_size)
                       : incompatible(d, "unknown field of an entry");
        if (seen[field])
            return incompatible(d, "duplicate field of an entry");
        seen[field] = true;
        if (!entry_member(d, field, &e))
            return false;
    }
    if (!seen[ENTRY_NODE] || !seen[ENTRY_VALUE])
        return incompatible(d, "missing field `node_id` or `value`");
    envelope_add(d->out, &e);
    return true;
}

static bool
entries(struct decoder *d)
{
    enum json_token token;

    if (!next(d, &token) || !want(d, token, JSON_TOKEN_ARRAY, "entries is not an array"))
        return false;
    for (;;) {
        if (!next(d, &token))
            return false;
        if (token == JSON_TOKEN_END)
            return true;
        if (!want(d, token, JSON_TOKEN_OBJECT, "an entry is not an object") || !entry(d))
            return false;
    }
}

static bool
mode_field(struct decoder *d)
{
    enum json_token token;

    if (!next(d, &token) || !want(d, token, JSON_TOKEN_STRING, "mode is not a text"))
        return false;
    for (enum mode m = MODE_STRICT; m <= MODE_HARDENED; m++)
        if (d->scan.token_size == strlen(mode_name(m)) &&
            memcmp(d->scan.token, mode_name(m), d->scan.token_size) == 0) {
            d->out->mode = m;
            return true;
        }
    return incompatible(d, "unknown variant of mode, expected `strict` or `hardened`");
}

static bool
member(struct decoder *d, int field)
{
    enum json_token token;

    switch ((enum field)field) {
    case FIELD_VERSION:
        return next(d, &token) &&
               integer(d, token, UINT32_MAX, &d->version, "schema_version is not a u32");
    case FIELD_MODE: return mode_field(d);
    case FIELD_ENTRIES: return entries(d);
    case FIELD_HASH:
    case FIELDS: break;
    }
    if (!next(d, &token) ||
        !want(d, token, JSON_TOKEN_STRING, "source_hash is not a text"))
        return false;
    (void)snprintf(d->hash, sizeof d->hash, "%.*s", (int)d->scan.token_size,
                   d->scan.token);
    return true;
}

/* The text as a struct, in document order. */
static bool
structure(struct decoder *d)
{
    bool seen[FIELDS] = {0};
    enum json_token token;

    if (!next(d, &token) || !want(d, token, JSON_TOKEN_OBJECT,
                                  "top-level checkpoint payload must be a JSON object"))
        return false;
    for (;;) {
        int field;

        if (!next(d, &token))
            return false;
        if (token == JSON_TOKEN_END)
            break;
        field = find_name(d, field_names, FIELDS);
        if (field < 0)
            return unknown_field(d, d->scan.token, d->scan.token_size);
        if (seen[field])
            return incompatible(d, "duplicate field");
        seen[field] = true;
        if (!member(d, field))
            return false;
    }
    for (int i = 0; i < FIELDS; i++)
        if (!seen[i]) {
            char message[64];

            (void)snprintf(message, sizeof message, "missing field `%s`", field_names[i]);
            return incompatible(d, message);
        }
    return next(d, &token);
}

/* Hardened reads all of the JSON before it looks at a field. */
static bool
grammar(struct decoder *d, bool *unknown)
{
    enum json_token token = JSON_TOKEN_NULL;
    double ignored;
    unsigned depth;

    *unknown = false;
    while (token != JSON_TOKEN_EOF) {
        depth = d->scan.depth;
        if (!next(d, &token))
            return false;
        if (token == JSON_TOKEN_NUMBER && !number(d, &ignored))
            return false;
        if (token == JSON_TOKEN_KEY && depth == 1 && !*unknown &&
            find_name(d, field_names, FIELDS) < 0) {
            *unknown = true;
            (void)unknown_field(d, d->scan.token, d->scan.token_size);
        }
    }
    return true;
}

static bool
check(struct decoder *d)
{
    char text[32], message[160];

    if (d->version != ENVELOPE_VERSION) {
        (void)snprintf(message, sizeof message,
                       "schema version mismatch: expected=%d found=%" PRIu64,
                       ENVELOPE_VERSION, d->version);
        return refuse(d, "VersionMismatch", "", message);
    }
    envelope_sort(d->out);
    d->out->hash = envelope_hash(d->out);
    (void)snprintf(text, sizeof text, "det64:%016" PRIx64, d->out->hash);
    if (strcmp(text, d->hash) == 0)
        return true;
    (void)snprintf(message, sizeof message, "checksum mismatch: expected=%s found=%s",
                   text, d->hash);
    return refuse(d, "ChecksumMismatch", "", message);
}

bool
envelope_decode(struct envelope *out, const uint8_t *text, size_t size, enum mode mode,
                struct error *err)
{
    struct decoder d = {.mode = mode, .out = out, .err = err};
    bool ok, unknown = false, is_object;

    *out = (struct envelope){0};
    if (size > ENVELOPE_SIZE_MAX)
        return incompatible(&d, "payload exceeds the maximum of 1048576 bytes");
    if (!utf8_valid(text, size))
        return refuse(&d, "InvalidUtf8", "", "the payload is not UTF-8");
    if (mode == MODE_HARDENED) {
        size_t i = 0;

        json_scan_begin(&d.scan, (const char *)text, size, DEPTH_MAX - 1);
        ok = grammar(&d, &unknown);
        json_scan_end(&d.scan);
        while (i < size && strchr(" \t\r\n", text[i]))
            i++;
        is_object = i < size && text[i] == '{';
        if (!ok || (unknown && is_object))
            return false;
    }
    json_scan_begin(&d.scan, (const char *)text, size, DEPTH_MAX - 1);
    ok = structure(&d);
    json_scan_end(&d.scan);
    return ok && check(&d);
}

void
envelope_clear(struct envelope *e)
{
    free(e->entries);
    *e = (struct envelope){0};
}

void
envelope_add(struct envelope *e, const struct envelope_entry *entry)
{
    if (e->count == e->capacity) {
        e->capacity = e->capacity ? 2 * e->capacity : 16;
        e->entries = xrealloc(e->entries, e->capacity, sizeof *e->entries);
    }
    e->entries[e->count++] = *entry;
}

static uint64_t
bits(double x)
{
    uint64_t b;

    memcpy(&b, &x, sizeof b);
    return b;
}

static int
compare(const void *a, const void *b)
{
    const struct envelope_entry *x = a, *y = b;
    uint64_t p[] = {x->node_id, bits(x->value), x->has_grad,
                    x->has_grad ? bits(x->grad) : 0};
    uint64_t q[] = {y->node_id, bits(y->value), y->has_grad,
                    y->has_grad ? bits(y->grad) : 0};

    for (size_t i = 0; i < 4; i++)
        if (p[i] != q[i])
            return p[i] < q[i] ? -1 : 1;
    return 0;
}

void
envelope_sort(struct envelope *e)
{
    if (e->count > 1)
        qsort(e->entries, e->count, sizeof *e->entries, compare);
}

uint64_t
envelope_hash(const struct envelope *e)
{
    struct det64 d;
    uint8_t p[17];

    det64_init(&d);
    put_le32(p, ENVELOPE_VERSION);
    p[4] = e->mode == MODE_STRICT ? 1 : 2;
    det64_update(&d, p, 5);
    for (size_t i = 0; i < e->count; i++) {
        const struct envelope_entry *x = &e->entries[i];

        put_le64(p, x->node_id);
        put_le64(p + 8, bits(x->value));
        p[16] = x->has_grad;
        det64_update(&d, p, 17);
        put_le64(p, bits(x->grad));
        det64_update(&d, p, x->has_grad ? 8 : 0);
    }
    return det64_final(&d);
}

bool
envelope_encode(struct envelope *e, struct buf *out, struct error *err)
{
    envelope_sort(e);
    e->hash = envelope_hash(e);
    buf_printf(out, "{\"schema_version\":%d,\"mode\":\"%s\",\"entries\":[",
               ENVELOPE_VERSION, mode_name(e->mode));
    for (size_t i = 0; i < e->count; i++) {
        const struct envelope_entry *x = &e->entries[i];

        if (!isfinite(x->value) || (x->has_grad && !isfinite(x->grad)))
            return fault(err, ERR_MALFORMED, "IncompatiblePayload",
                         "incompatible payload: node %" PRIu64 " is not finite",
                         x->node_id);
        buf_printf(out, "%s{\"node_id\":%" PRIu64 ",\"value\":", i ? "," : "",
                   x->node_id);
        number_put(x->value, out);
        buf_puts(out, ",\"grad\":");
        if (x->has_grad)
            number_put(x->grad, out);
        else
            buf_puts(out, "null");
        buf_putc(out, '}');
    }
    buf_printf(out, "],\"source_hash\":\"det64:%016" PRIx64 "\"}", e->hash);
    if (out->size > ENVELOPE_SIZE_MAX)
        return fault(err, ERR_LIMIT, "IncompatiblePayload",
                     "incompatible payload: %zu octets, more than the maximum of %d",
                     out->size, ENVELOPE_SIZE_MAX);
    return true;
}

bool
envelope_load(struct checkpoint *c, const struct open_options *options, struct error *err)
{
    struct envelope *e = arena_alloc(&c->arena, sizeof *e);
    char reason[sizeof err->subclass];

    c->format = FORMAT_ENVELOPE;
    c->envelope = e;
    if (envelope_decode(e, c->data, (size_t)c->size, options->diagnostics->mode, err))
        return true;
    /* among the reasons of all formats its classes carry a prefix */
    (void)snprintf(reason, sizeof reason, "ft-%.40s", err->subclass);
    return error_subclass(err, reason);
}
