/*
 * A real exposition against llama-orch's metrics contract: every required metric
 * there, of its type, with exactly its labels, inside the cardinality budget.
 */
#include "common/mem.h"
#include "evidence/field.h"
#include "gates/exposition.h"
#include "gates/gates.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char rule[] = "metrics contract";

struct contract {
    struct judgement *j;
    struct evidence lint;
    const char *file; /* of the exposition */
    struct exposition x;
};

static struct reason *
speak(struct contract *c, enum reason_class class, uint64_t line, const char *text)
{
    char at[32] = "";

    if (line)
        (void)snprintf(at, sizeof at, "line %" PRIu64, line);
    return judge(c->j, class, rule, c->file, at, "%s", text);
}

/* Is a sample's name that of the metric, given its type? */
static bool
belongs(const char *sample, const char *metric, const char *type)
{
    size_t n = strlen(metric);
    const char *rest = sample + n;

    if (strncmp(sample, metric, n) != 0)
        return false;
    if (strcmp(type, "histogram") == 0)
        return strcmp(rest, "_bucket") == 0 || strcmp(rest, "_sum") == 0 ||
               strcmp(rest, "_count") == 0;
    if (strcmp(type, "summary") == 0)
        return *rest == '\0' || strcmp(rest, "_sum") == 0 || strcmp(rest, "_count") == 0;
    return *rest == '\0';
}

static bool
wants_label(const struct json *labels, const char *name)
{
    for (const struct json *l = json_first(labels); l; l = json_next(l))
        if (json_type(l) == JSON_STRING && strcmp(json_text(l), name) == 0)
            return true;
    return false;
}

/* Exactly the contract's labels; le and quantile belong to the format. */
static void
check_labels(struct contract *c, const struct exposition_sample *s, const char *metric,
             const struct json *labels)
{
    size_t own = 0;

    for (size_t i = 0; i < s->label_count; i++) {
        const char *name = s->labels[i].name;
        bool reserved = strcmp(s->metric, metric) != 0 && strcmp(name, "le") == 0;

        if (reserved)
            continue;
        own++;
        if (!wants_label(labels, name))
            (void)speak(
                c, REASON_LABEL_MISMATCH, s->line,
                judgement_text(c->j, "%s has the label '%s', which its contract has not",
                               s->metric, name));
    }
    if (own < json_count(labels))
        (void)speak(c, REASON_LABEL_MISMATCH, s->line,
                    judgement_text(c->j, "%s has %zu labels, its contract %zu", s->metric,
                                   own, json_count(labels)));
}

static void
check_value(struct contract *c, const struct exposition_sample *s, const char *type)
{
    bool counts = strcmp(type, "counter") == 0 || strcmp(type, "histogram") == 0;

    if (counts && (!isfinite(s->value) || s->value < 0)) {
        struct reason *r = speak(
            c, REASON_RANGE_ERROR, s->line,
            judgement_text(c->j, "%s counts, and cannot be %g", s->metric, s->value));

        reason_severity(c->j, r, SEVERITY_FAIL);
    }
}

static void
check_type(struct contract *c, const char *metric, const char *type)
{
    for (size_t i = 0; i < c->x.type_count; i++) {
        if (strcmp(c->x.types[i].metric, metric) != 0)
            continue;
        if (strcmp(c->x.types[i].type, type) != 0) {
            struct reason *r = speak(c, REASON_TYPE_ERROR, c->x.types[i].line,
                                     judgement_text(c->j, "%s has another type", metric));

            reason_values(c->j, r, c->x.types[i].type, type);
            reason_severity(c->j, r, SEVERITY_FAIL);
        }
        return;
    }
    (void)speak(c, REASON_METRIC_MISSING, 0,
                judgement_text(c->j, "%s has no TYPE", metric));
}

static void
check_metric(struct contract *c, const struct json *metric)
{
    static const char *const keys[] = {"name", "type", "labels", "buckets",
                                       "unit", "help", NULL};
    const struct json *labels;
    const char *name, *type;
    size_t samples = 0;

    (void)field_only(&c->lint, metric, keys);
    if (!field_text(&c->lint, metric, "name", &name) ||
        !field_text(&c->lint, metric, "type", &type) ||
        !field_array(&c->lint, metric, "labels", &labels))
        return;
    for (size_t i = 0; i < c->x.count; i++) {
        const struct exposition_sample *s = &c->x.samples[i];

        if (!belongs(s->metric, name, type))
            continue;
        samples++;
        check_labels(c, s, name, labels);
        check_value(c, s, type);
    }
    if (samples == 0)
        (void)speak(c, REASON_METRIC_MISSING, 0,
                    judgement_text(c->j, "%s has no sample", name));
    else
        check_type(c, name, type);
}

/* --- Histograms: buckets grow, the last one is the count --- */

static const char *
label_of(const struct exposition_sample *s, const char *name)
{
    for (size_t i = 0; i < s->label_count; i++)
        if (strcmp(s->labels[i].name, name) == 0)
            return s->labels[i].value;
    return NULL;
}

static bool
same_but_le(const struct exposition_sample *a, const struct exposition_sample *b)
{
    size_t i = 0, k = 0;

    for (;;) {
        i += i < a->label_count && strcmp(a->labels[i].name, "le") == 0;
        k += k < b->label_count && strcmp(b->labels[k].name, "le") == 0;
        if (i >= a->label_count || k >= b->label_count)
            return i >= a->label_count && k >= b->label_count;
        if (strcmp(a->labels[i].name, b->labels[k].name) != 0 ||
            strcmp(a->labels[i].value, b->labels[k].value) != 0)
            return false;
        i++;
        k++;
    }
}

static void
check_buckets(struct contract *c)
{
    const struct exposition_sample *last = NULL;

    for (size_t i = 0; i < c->x.count; i++) {
        const struct exposition_sample *s = &c->x.samples[i];
        size_t n = strlen(s->metric);
        bool bucket = n > 7 && strcmp(s->metric + n - 7, "_bucket") == 0;

        if (!bucket || !label_of(s, "le")) {
            /* The count that follows its buckets equals the last of them. */
            if (last && n > 6 && strcmp(s->metric + n - 6, "_count") == 0 &&
                same_but_le(last, s) && strlen(last->metric) == n + 1 &&
                strncmp(last->metric, s->metric, n - 6) == 0 && last->value != s->value)
                (void)speak(c, REASON_COUNT_INCONSISTENT, s->line,
                            judgement_text(c->j, "%s is not its last bucket", s->metric));
            continue;
        }
        if (last && strcmp(last->metric, s->metric) == 0 && same_but_le(last, s) &&
            s->value < last->value)
            (void)speak(c, REASON_COUNT_INCONSISTENT, s->line,
                        judgement_text(c->j, "%s: a later bucket holds less", s->metric));
        last = s;
    }
}

/* --- Series and cardinality --- */

static int
by_series(const void *a, const void *b)
{
    const struct exposition_sample *x = *(const struct exposition_sample *const *)a;
    const struct exposition_sample *y = *(const struct exposition_sample *const *)b;

    return strcmp(x->series, y->series);
}

static void
check_duplicates(struct contract *c)
{
    const struct exposition_sample **list = xcalloc(c->x.count + 1, sizeof *list);

    for (size_t i = 0; i < c->x.count; i++)
        list[i] = &c->x.samples[i];
    if (c->x.count > 1)
        qsort(list, c->x.count, sizeof *list, by_series);
    for (size_t i = 1; i < c->x.count; i++)
        if (strcmp(list[i - 1]->series, list[i]->series) == 0)
            (void)speak(
                c, REASON_DUPLICATE_ID, list[i]->line,
                judgement_text(c->j, "%s: this series comes twice", list[i]->metric));
    free(list);
}

static int
by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static size_t
distinct_values(const struct contract *c, const char *label)
{
    const char **values = xcalloc(c->x.count + 1, sizeof *values);
    size_t n = 0, distinct = 0;

    for (size_t i = 0; i < c->x.count; i++) {
        const char *value = label_of(&c->x.samples[i], label);

        if (value)
            values[n++] = value;
    }
    if (n > 1)
        qsort(values, n, sizeof *values, by_text);
    for (size_t i = 0; i < n; i++)
        distinct += i == 0 || strcmp(values[i - 1], values[i]) != 0;
    free(values);
    return distinct;
}

static void
check_cardinality(struct contract *c)
{
    const struct json *budget =
        json_get(json_root(c->lint.doc), "label_cardinality_budget");

    if (!budget)
        return;
    for (const struct json *b = json_first(budget); b; b = json_next(b)) {
        uint64_t allowed;
        size_t found;

        if (!field_u64(&c->lint, budget, json_key(b), &allowed))
            continue;
        found = distinct_values(c, json_key(b));
        if (found > allowed)
            reason_numbers(c->j,
                           speak(c, REASON_CARDINALITY_EXCEEDED, 0,
                                 judgement_text(c->j, "label '%s' has too many values",
                                                json_key(b))),
                           allowed, found);
    }
}

static void
check_contract(struct contract *c)
{
    static const char *const keys[] = {"required_metrics", "label_cardinality_budget",
                                       "schema_version", "notes", NULL};
    const struct json *required;

    (void)field_only(&c->lint, json_root(c->lint.doc), keys);
    if (!field_array(&c->lint, json_root(c->lint.doc), "required_metrics", &required))
        return;
    if (!json_first(required))
        (void)judge(c->j, REASON_ZERO_EXECUTED, rule, c->lint.file, "/required_metrics",
                    "a contract that requires nothing");
    for (const struct json *m = json_first(required); m; m = json_next(m))
        check_metric(c, m);
    check_duplicates(c);
    check_buckets(c);
    check_cardinality(c);
}

void
gate_metrics(struct judgement *j, const char *lint, const char *exposition)
{
    struct contract c = {
        .j = j, .lint = {.judgement = j, .file = lint}, .file = exposition};
    struct evidence text = {.judgement = j, .file = exposition};
    struct error err = {0};
    bool readable = evidence_json(&c.lint);

    if (evidence_text(&text) && readable) {
        if (exposition_parse(&c.x, (const char *)text.input.data, text.input.size, &err))
            check_contract(&c);
        else
            evidence_fault(j, rule, exposition, &err);
    }
    exposition_clear(&c.x);
    evidence_close(&text);
    evidence_close(&c.lint);
}
