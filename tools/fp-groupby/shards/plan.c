/* plan.c: the plan as JSON, one text for one plan. */
#include "shards/plan.h"

#include "common/json_out.h"
#include "common/mem.h"

#include <stdlib.h>

enum { SHARDS_MOST = 1 << 20 };

static const char *const kinds[] = {"types", "rows", "groups", "answers"};
static const char schema[] = "fp-groupby-state/1";

const char *
plan_kind_name(enum plan_kind kind)
{
    return kinds[kind];
}

size_t
plan_count(const struct plan *p)
{
    return p->kind == PLAN_ANSWERS ? p->n_parts : p->n_shards;
}

static void
write_strings(struct json_out *j, const char *key, const char *const *items, size_t n)
{
    json_array(j, key);
    for (size_t i = 0; i < n; i++)
        json_string(j, NULL, items[i]);
    json_end(j);
}

static void
write_query(struct json_out *j, const struct groupby *q)
{
    json_object(j, "query");
    write_strings(j, "by", q->by, q->n_by);
    json_bool(j, "sort", q->group.sort);
    json_bool(j, "dropna", q->group.dropna);
    json_array(j, "terms");
    for (size_t i = 0; i < q->n_terms; i++) {
        const struct groupby_term *t = &q->terms[i];

        json_object(j, NULL);
        if (t->name)
            json_string(j, "name", t->name);
        json_string(j, "column", t->column);
        if (t->other)
            json_string(j, "other", t->other);
        json_string(j, "how", t->other ? pair_name(t->pair) : aggregate_name(t->how));
        json_i64(j, "min_count", t->options.min_count);
        json_i64(j, "ddof", t->options.ddof);
        json_bool(j, "nunique_dropna", t->options.nunique_dropna);
        json_f64(j, "q", t->options.q);
        json_u64(j, "interpolation", t->options.interpolation);
        json_end(j);
    }
    json_end(j);
    json_end(j);
}

void
plan_write(const struct plan *p, struct buf *out)
{
    char *text;
    size_t size;
    FILE *stream = xmemstream(&text, &size);
    struct json_out j;

    json_start(&j, stream, JSON_LINE);
    json_object(&j, NULL);
    json_string(&j, "schema", schema);
    json_string(&j, "kind", kinds[p->kind]);
    json_u64(&j, "shards", p->n_shards);
    json_array(&j, "files");
    for (size_t i = 0; i < p->n_files; i++) {
        json_object(&j, NULL);
        json_string(&j, "name", p->files[i].name);
        json_u64(&j, "size", p->files[i].size);
        json_u64(&j, "body", p->files[i].body);
        json_end(&j);
    }
    json_end(&j);
    json_string(&j, "delimiter", p->csv.delimiter);
    json_bool(&j, "header", p->csv.header);
    json_bool(&j, "round_trip", p->csv.round_trip);
    write_strings(&j, "na", p->csv.na_values, p->csv.n_na_values);
    write_strings(&j, "columns", p->columns, p->n_columns);
    if (p->kind != PLAN_TYPES) {
        json_array(&j, "types");
        for (size_t i = 0; i < p->n_columns; i++)
            json_string(&j, NULL, lattice_type_name(p->types[i]));
        json_end(&j);
        json_u64(&j, "rows", p->rows);
        json_u64(&j, "parts", p->n_parts);
        write_query(&j, &p->query);
    }
    json_end(&j);
    xmemclose(stream);
    buf_put(out, text, size);
    free(text);
}

static char *
keep(struct arena *a, const char *s)
{
    return arena_strndup(a, s, strlen(s));
}

/* A member that is an array of strings, into the arena. */
static bool
parse_strings(const struct json_doc *doc, const struct json *object, const char *key,
              struct arena *a, const char ***out, size_t *n, struct error *err)
{
    const struct json *list;

    if (!json_want(doc, object, key, JSON_ARRAY, &list, err))
        return false;
    *n = 0;
    *out = arena_alloc(a, (json_count(list) + 1) * sizeof **out);
    for (const struct json *s = json_first(list); s; s = json_next(s)) {
        if (json_type(s) != JSON_STRING)
            return json_fail(doc, s, err, ERR_MALFORMED, "not a string");
        (*out)[(*n)++] = keep(a, json_text(s));
    }
    return true;
}

static bool
parse_files(const struct json_doc *doc, struct arena *a, struct plan *out,
            struct error *err)
{
    const struct json *list;

    if (!json_want(doc, json_root(doc), "files", JSON_ARRAY, &list, err))
        return false;
    out->files = arena_alloc(a, (json_count(list) + 1) * sizeof *out->files);
    for (const struct json *f = json_first(list); f; f = json_next(f)) {
        struct plan_file *file = &out->files[out->n_files++];

        if (!json_want_string(doc, f, "name", &file->name, err) ||
            !json_want_u64(doc, f, "size", &file->size, err) ||
            !json_want_u64(doc, f, "body", &file->body, err))
            return false;
        file->name = keep(a, file->name);
    }
    return out->n_files > 0 || error_set(err, ERR_MALFORMED, "a plan of no file");
}

static bool
parse_term(const struct json_doc *doc, const struct json *node, struct arena *a,
           struct groupby_term *out, struct error *err)
{
    const char *how = "";
    uint64_t interpolation = 0;

    *out = (struct groupby_term){0};
    if (!json_opt_string(doc, node, "name", &out->name, err) ||
        !json_want_string(doc, node, "column", &out->column, err) ||
        !json_opt_string(doc, node, "other", &out->other, err) ||
        !json_want_string(doc, node, "how", &how, err) ||
        !json_want_i64(doc, node, "min_count", &out->options.min_count, err) ||
        !json_want_i64(doc, node, "ddof", &out->options.ddof, err) ||
        !json_want_bool(doc, node, "nunique_dropna", &out->options.nunique_dropna, err) ||
        !json_want_f64(doc, node, "q", &out->options.q, err) ||
        !json_want_u64(doc, node, "interpolation", &interpolation, err))
        return false;
    if (!(out->other ? pair_parse(how, &out->pair) : aggregate_parse(how, &out->how)) ||
        interpolation > INTERPOLATE_NEAREST)
        return json_fail(doc, node, err, ERR_MALFORMED, "unknown aggregate");
    out->options.interpolation = (enum interpolation)interpolation;
    out->column = keep(a, out->column);
    if (out->name)
        out->name = keep(a, out->name);
    if (out->other)
        out->other = keep(a, out->other);
    return true;
}

static bool
parse_query(const struct json_doc *doc, struct arena *a, struct groupby *out,
            struct error *err)
{
    const struct json *query, *list;
    struct groupby_term *terms;
    const char **by;

    *out = groupby_defaults;
    out->as_index = false;
    if (!json_want(doc, json_root(doc), "query", JSON_OBJECT, &query, err) ||
        !parse_strings(doc, query, "by", a, &by, &out->n_by, err) ||
        !json_want_bool(doc, query, "sort", &out->group.sort, err) ||
        !json_want_bool(doc, query, "dropna", &out->group.dropna, err) ||
        !json_want(doc, query, "terms", JSON_ARRAY, &list, err))
        return false;
    out->by = by;
    out->terms = terms = arena_alloc(a, (json_count(list) + 1) * sizeof *terms);
    for (const struct json *t = json_first(list); t; t = json_next(t))
        if (!parse_term(doc, t, a, &terms[out->n_terms++], err))
            return false;
    return out->n_by > 0 || json_fail(doc, query, err, ERR_MALFORMED, "no keys");
}

static bool
parse_types(const struct json_doc *doc, struct arena *a, struct plan *out,
            struct error *err)
{
    const char **names;
    size_t n;

    if (!parse_strings(doc, json_root(doc), "types", a, &names, &n, err))
        return false;
    if (n != out->n_columns)
        return error_set(err, ERR_MALFORMED, "types of %zu columns of %zu", n,
                         out->n_columns);
    out->types = arena_alloc(a, (n + 1) * sizeof *out->types);
    for (size_t i = 0; i < n; i++)
        if (!lattice_type_parse(names[i], &out->types[i]))
            return error_set(err, ERR_MALFORMED, "unknown type '%.40s'", names[i]);
    return true;
}

int64_t
plan_column(const struct plan *p, const char *name)
{
    for (size_t c = 0; c < p->n_columns; c++)
        if (strcmp(p->columns[c], name) == 0)
            return (int64_t)c;
    return -1;
}

bool
plan_check(const struct plan *p, struct error *err)
{
    const struct groupby *q = &p->query;

    for (size_t i = 0; i < q->n_by; i++)
        if (plan_column(p, q->by[i]) < 0)
            return raise_error(err, "KeyError", "'%s'", q->by[i]);
    for (size_t i = 0; i < q->n_terms; i++) {
        const struct groupby_term *t = &q->terms[i];

        if (plan_column(p, t->column) < 0 || (t->other && plan_column(p, t->other) < 0))
            return raise_error(err, "KeyError", "'Column not found: %s'",
                               plan_column(p, t->column) < 0 ? t->column : t->other);
    }
    return true;
}

static bool
parse_csv(const struct json_doc *doc, struct arena *a, struct plan *out,
          struct error *err)
{
    const struct json *root = json_root(doc);
    const char **na;

    out->csv = csv_defaults;
    out->csv.careful = true;
    if (!json_want_string(doc, root, "delimiter", &out->csv.delimiter, err) ||
        !json_want_bool(doc, root, "header", &out->csv.header, err) ||
        !json_want_bool(doc, root, "round_trip", &out->csv.round_trip, err) ||
        !parse_strings(doc, root, "na", a, &na, &out->csv.n_na_values, err))
        return false;
    out->csv.na_values = na;
    out->csv.delimiter = keep(a, out->csv.delimiter);
    return *out->csv.delimiter || error_set(err, ERR_MALFORMED, "no delimiter");
}

static bool
parse_document(const struct json_doc *doc, struct arena *a, struct plan *out,
               struct error *err)
{
    const struct json *root = json_root(doc);
    const char *text = "";
    uint64_t shards = 0, parts = 1;
    size_t kind = 0;

    if (!json_want_string(doc, root, "schema", &text, err))
        return false;
    if (strcmp(text, schema) != 0)
        return error_set(err, ERR_VERSION, "schema '%.40s' is not known", text);
    if (!json_want_string(doc, root, "kind", &text, err) ||
        !json_want_u64(doc, root, "shards", &shards, err) ||
        !parse_files(doc, a, out, err) || !parse_csv(doc, a, out, err) ||
        !parse_strings(doc, root, "columns", a, &out->columns, &out->n_columns, err))
        return false;
    while (kind < COUNT_OF(kinds) && strcmp(kinds[kind], text) != 0)
        kind++;
    if (kind == COUNT_OF(kinds) || shards < 1 || shards > SHARDS_MOST)
        return error_set(err, ERR_MALFORMED, "a plan of no known kind");
    out->kind = (enum plan_kind)kind;
    out->n_shards = shards;
    if (out->kind == PLAN_TYPES)
        return true;
    if (!parse_types(doc, a, out, err) ||
        !json_want_u64(doc, root, "rows", &out->rows, err) ||
        !json_want_u64(doc, root, "parts", &parts, err) ||
        !parse_query(doc, a, &out->query, err))
        return false;
    out->n_parts = parts;
    if (parts < 1 || parts > SHARDS_MOST || out->rows > INT64_MAX)
        return error_set(err, ERR_MALFORMED, "a plan of impossible numbers");
    return plan_check(out, err);
}

bool
plan_parse(const char *text, size_t size, struct arena *a, struct plan *out,
           struct error *err)
{
    struct json_doc *doc;
    struct buf again = {0};
    bool ok;

    *out = (struct plan){0};
    if (!json_parse(&doc, text, size, NULL, err))
        return false;
    ok = parse_document(doc, a, out, err);
    json_free(doc);
    if (!ok)
        return false;
    /* One plan has one text: whatever else is in it is not ours. */
    plan_write(out, &again);
    ok = again.size == size && memcmp(buf_string(&again), text, size) == 0;
    buf_clear(&again);
    return ok || error_set(err, ERR_MALFORMED, "the plan is not in its canonical form");
}
