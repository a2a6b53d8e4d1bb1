#include "compare/results.h"

#include "common/file.h"
#include "common/mem.h"
#include "common/record.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A whole run of results; one line obeys the limits of any JSON input. */
static const uint64_t stream_max = UINT64_C(1) << 30;

static const char *const line_keys[] = {"schema", "packet_id",   "case_id",
                                        "mode",   "outcome",     "value",
                                        "error",  "diagnostics", NULL};
static const char *const error_keys[] = {"class", "message", "at", NULL};

static bool
read_mode(const struct json_doc *doc, struct result *out, struct error *err)
{
    const char *mode;

    if (!json_want_string(doc, json_root(doc), "mode", &mode, err))
        return false;
    if (strcmp(mode, "strict") != 0 && strcmp(mode, "hardened") != 0)
        return json_fail(doc, json_root(doc), err, ERR_MALFORMED,
                         "mode '%s' is neither strict nor hardened", mode);
    out->mode = mode[0] == 's' ? MODE_STRICT : MODE_HARDENED;
    return true;
}

static bool
read_outcome(const struct json_doc *doc, struct result *out, struct error *err)
{
    const struct json *root = json_root(doc), *error = json_get(root, "error");
    const char *outcome;

    out->value = json_get(root, "value");
    if (!json_want_string(doc, root, "outcome", &outcome, err))
        return false;
    if (strcmp(outcome, "ok") != 0 && strcmp(outcome, "error") != 0)
        return json_fail(doc, root, err, ERR_MALFORMED,
                         "outcome '%s' is neither ok nor error", outcome);
    out->ok = outcome[0] == 'o';
    if (out->ok != (out->value != NULL) || out->ok == (error != NULL))
        return json_fail(doc, root, err, ERR_MALFORMED,
                         "outcome ok goes with \"value\", outcome error with \"error\"");
    out->error_message = "";
    return out->ok || (json_want(doc, root, "error", JSON_OBJECT, &error, err) &&
                       json_only(doc, error, error_keys, err) &&
                       json_want_string(doc, error, "class", &out->error_class, err) &&
                       json_opt_string(doc, error, "message", &out->error_message, err));
}

static bool
read_line(const struct json_doc *doc, struct result *out, struct error *err)
{
    const struct json *root = json_root(doc);
    const char *schema;

    *out = (struct result){.packet_id = ""};
    if (!json_want_string(doc, root, "schema", &schema, err))
        return false;
    if (strcmp(schema, RECORD_RESULT_SCHEMA) != 0)
        return json_fail(doc, root, err, ERR_VERSION, "schema '%s' is not '%s'", schema,
                         RECORD_RESULT_SCHEMA);
    if (json_get(root, "packet_id") &&
        json_type(json_get(root, "packet_id")) != JSON_NULL &&
        !json_opt_string(doc, root, "packet_id", &out->packet_id, err))
        return false;
    return json_only(doc, root, line_keys, err) &&
           json_want_string(doc, root, "case_id", &out->case_id, err) &&
           read_mode(doc, out, err) && read_outcome(doc, out, err) &&
           json_opt(doc, root, "diagnostics", JSON_ARRAY, &out->diagnostics, err);
}

static bool
add_line(struct results *r, const char *text, size_t size, struct error *err)
{
    if (r->count == r->capacity) {
        r->capacity = r->capacity ? 2 * r->capacity : 256;
        r->items = xrealloc(r->items, r->capacity, sizeof *r->items);
        r->docs = xrealloc(r->docs, r->capacity, sizeof *r->docs);
    }
    if (!json_parse(&r->docs[r->count], text, size, NULL, err))
        return false;
    if (!read_line(r->docs[r->count], &r->items[r->count], err)) {
        json_free(r->docs[r->count]);
        return false;
    }
    r->count++;
    return true;
}

bool
results_parse(struct results *r, const char *text, size_t size, const char *name,
              struct error *err)
{
    const char *end = text ? text + size : NULL;
    uint64_t number = 1;

    for (const char *line = text; line < end; number++) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        size_t length = (size_t)((stop ? stop : end) - line);

        if (!stop)
            return error_set(err, ERR_MALFORMED,
                             "line %" PRIu64
                             " has no end: the run that wrote it was cut off",
                             number) ||
                   error_in(err, name);
        if (!add_line(r, line, length, err)) {
            char inside[sizeof err->at];

            /* A place inside one line is of no use without the line. */
            memcpy(inside, err->at, sizeof inside);
            err->at[0] = '\0';
            (void)error_at(err, "line %" PRIu64 "%s%.200s", number, inside[0] ? ":" : "",
                           inside);
            return error_in(err, name);
        }
        line = stop + 1;
    }
    return true;
}

bool
results_read(struct results *r, const char *path, struct error *err)
{
    struct input in;
    bool ok;

    if (!input_open(&in, path, stream_max, err))
        return false;
    ok = results_parse(r, (const char *)in.data, in.size, path, err);
    input_close(&in);
    return ok;
}

static int
compare_key(const char *case_a, enum mode mode_a, const char *case_b, enum mode mode_b)
{
    int order = strcmp(case_a, case_b);

    return order != 0 ? order : (mode_a > mode_b) - (mode_a < mode_b);
}

static int
compare_results(const void *a, const void *b)
{
    const struct result *x = a, *y = b;
    int order = compare_key(x->case_id, x->mode, y->case_id, y->mode);

    return order != 0 ? order : strcmp(x->packet_id, y->packet_id);
}

bool
results_sort(struct results *r, struct error *err)
{
    if (r->count > 1)
        qsort(r->items, r->count, sizeof *r->items, compare_results);
    for (size_t i = 1; i < r->count; i++)
        if (compare_results(&r->items[i - 1], &r->items[i]) == 0)
            return error_set(err, ERR_MALFORMED,
                             "two results for case '%s' in %s mode (give each run once)",
                             r->items[i].case_id, mode_name(r->items[i].mode));
    return true;
}

struct result *
results_find(const struct results *r, const char *packet_id, const char *case_id,
             enum mode mode)
{
    size_t low = 0, high = r->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct result *item = &r->items[middle];

        if (compare_key(item->case_id, item->mode, case_id, mode) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < r->count; low++) {
        struct result *item = &r->items[low];

        if (compare_key(item->case_id, item->mode, case_id, mode) != 0)
            return NULL;
        if (!packet_id || strcmp(item->packet_id, packet_id) == 0)
            return item;
    }
    return NULL;
}

void
results_clear(struct results *r)
{
    for (size_t i = 0; i < r->count; i++)
        json_free(r->docs[i]);
    free(r->docs);
    free(r->items);
    *r = (struct results){0};
}
