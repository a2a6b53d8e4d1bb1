/*
 * read.c: one strict JSON object a line; see trace.h for the members.
 */
#include "engine/trace/read.h"

#include "common/digest.h"
#include "common/mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Parse the next line; *more turns false when there is none. */
static bool
next_line(struct trace_reader *r, bool *more, struct error *err)
{
    const char *newline;
    size_t size;

    json_free(r->doc);
    r->doc = NULL;
    *more = r->at < r->end;
    if (!*more)
        return true;
    r->line++;
    newline = memchr(r->at, '\n', (size_t)(r->end - r->at));
    if (!newline) {
        (void)error_set(err, ERR_MALFORMED, "the trace ends within a line");
        return error_at(err, "line %" PRIu64, r->line);
    }
    size = (size_t)(newline - r->at);
    if (!json_parse(&r->doc, r->at, size, NULL, err))
        return error_at(err, "line %" PRIu64, r->line);
    r->at = newline + 1;
    return true;
}

bool
trace_read_begin(struct trace_reader *r, const char *text, size_t size, struct error *err)
{
    static const char *const keys[] = {"schema", NULL};
    const char *schema = NULL;
    bool more;

    memset(r, 0, sizeof(*r));
    r->at = text;
    r->end = text + size;
    if (!next_line(r, &more, err))
        return false;
    if (!more)
        return error_set(err, ERR_MALFORMED, "an empty trace");
    if (!json_want_string(r->doc, json_root(r->doc), "schema", &schema, err) ||
        !json_only(r->doc, json_root(r->doc), keys, err))
        return false;
    return strcmp(schema, "ft-grad-trace/1") == 0 ||
           json_fail(r->doc, json_root(r->doc), err, ERR_VERSION,
                     "unknown schema '%s' (ft-grad-trace/1)", schema);
}

static bool
read_shape(struct trace_reader *r, const struct json *list, struct trace_record *out,
           struct error *err)
{
    bool ok = true;

    for (const struct json *d = json_first(list); d; d = json_next(d)) {
        if (out->dims == TENSOR_DIMS_MAX || !json_to_i64(d, &out->size[out->dims]))
            return json_fail(r->doc, list, err, ERR_MALFORMED, "no shape");
        out->dims++;
    }
    (void)shape_count(out->dims, out->size, &ok);
    return ok || json_fail(r->doc, list, err, ERR_LIMIT, "more than 2^59 elements");
}

static bool
read_content(struct trace_reader *r, const struct json *root, struct trace_record *out,
             struct error *err)
{
    const char *hex = NULL;

    if (!json_want_string(r->doc, root, "xxh3", &out->digest, err) ||
        !json_opt_string(r->doc, root, "data", &hex, err))
        return false;
    out->octets =
        (size_t)shape_count(out->dims, out->size, NULL) * tensor_type_size(out->type);
    if (!hex)
        return true;
    if (strlen(hex) / 2 != out->octets || strlen(hex) % 2 != 0)
        return json_fail(r->doc, root, err, ERR_MALFORMED,
                         "%zu digits of data, %zu are wanted", strlen(hex),
                         2 * out->octets);
    r->data = xcalloc(out->octets + 1, 1);
    out->data = r->data;
    return hex_decode(hex, out->octets, r->data) ||
           json_fail(r->doc, root, err, ERR_MALFORMED, "data is not hexadecimal");
}

static bool
read_record(struct trace_reader *r, struct trace_record *out, struct error *err)
{
    static const char *const keys[] = {"step",  "pass", "node", "output", "dtype",
                                       "shape", "xxh3", "data", NULL};
    const struct json *root = json_root(r->doc), *dtype = json_get(root, "dtype"), *shape;

    if (json_type(root) != JSON_OBJECT)
        return json_fail(r->doc, root, err, ERR_MALFORMED, "a record is an object");
    if (!json_only(r->doc, root, keys, err) ||
        !json_want_u64(r->doc, root, "step", &out->step, err) ||
        !json_want_string(r->doc, root, "pass", &out->pass, err) ||
        !json_want_string(r->doc, root, "node", &out->node, err) ||
        !json_want_u64(r->doc, root, "output", &out->output, err))
        return false;
    if (!dtype)
        return json_fail(r->doc, root, err, ERR_MALFORMED, "no \"dtype\"");
    out->defined = json_type(dtype) != JSON_NULL;
    if (!out->defined)
        return true;
    if (json_type(dtype) != JSON_STRING)
        return json_fail(r->doc, dtype, err, ERR_MALFORMED, "no name of a dtype");
    out->type = tensor_type_of(dtype_by_name(json_text(dtype), strlen(json_text(dtype))));
    if (out->type == TENSOR_TYPES)
        return json_fail(r->doc, dtype, err, ERR_UNSUPPORTED, "unsupported dtype '%s'",
                         json_text(dtype));
    return json_want(r->doc, root, "shape", JSON_ARRAY, &shape, err) &&
           read_shape(r, shape, out, err) && read_content(r, root, out, err);
}

bool
trace_read_next(struct trace_reader *r, struct trace_record *out, bool *more,
                struct error *err)
{
    memset(out, 0, sizeof(*out));
    free(r->data);
    r->data = NULL;
    if (!next_line(r, more, err))
        return false;
    if (!*more || read_record(r, out, err))
        return true;
    return error_at(err, "line %" PRIu64, r->line);
}

void
trace_read_end(struct trace_reader *r)
{
    json_free(r->doc);
    free(r->data);
    memset(r, 0, sizeof(*r));
}
