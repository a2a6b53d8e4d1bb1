/* aggregate.c: choosing the kernel, and the aggregates that need no arithmetic. */
#include "group/aggregate_impl.h"

#include "table/key_table.h"

const struct aggregate_options aggregate_defaults = {
    .min_count = -1, .ddof = 1, .nunique_dropna = true, .q = 0.5};

static const char *const names[] = {
#define AGGREGATE(constant, name) name,
#include "group/aggregate.def"
#undef AGGREGATE
};

bool
aggregate_parse(const char *name, enum aggregate *out)
{
    for (size_t i = 0; i < AGGREGATE_COUNT_OF; i++)
        if (strcmp(names[i], name) == 0) {
            *out = (enum aggregate)i;
            return true;
        }
    return false;
}

const char *
aggregate_name(enum aggregate how)
{
    return names[how];
}

const struct column *
aggregate_size_of(struct arena *a, const struct column *size, const struct column *values)
{
    struct column *out;

    if (!values->na)
        return size;
    out = column_new(a, COLTYPE_NULLABLE_INT, size->size);
    memcpy(out->i, size->i, size->size * sizeof *out->i);
    return column_named(a, out, size->name);
}

bool
aggregate_spreads_zero(enum aggregate how)
{
    return how == AGGREGATE_COUNT || how == AGGREGATE_SIZE || how == AGGREGATE_SUM ||
           how == AGGREGATE_NUNIQUE;
}

static struct column *
count_values(const struct aggregate_job *job)
{
    const struct groups *g = job->g;
    bool masked = job->how == AGGREGATE_COUNT && job->values->na;
    struct column *out =
        column_new(job->a, masked ? COLTYPE_NULLABLE_INT : COLTYPE_INT64, g->n_groups);

    for (size_t k = 0; k < g->n_groups; k++)
        for (int64_t i = g->offsets[k]; i < g->offsets[k + 1]; i++)
            out->i[k] += job->how == AGGREGATE_SIZE ||
                         !column_missing(job->values, (size_t)g->rows[i]);
    return out;
}

/* Distinct values: the pairs (group, value) that occur. */
static struct column *
count_distinct(const struct aggregate_job *job)
{
    const struct groups *g = job->g;
    struct column *out = column_new(job->a, COLTYPE_INT64, g->n_groups);
    struct key_codes parts[2];
    struct key_codes pairs;

    parts[0] = (struct key_codes){
        .n_rows = g->n_rows, .codes = g->ids, .n_keys = g->n_groups, .first = NULL};
    key_codes(job->a, job->values, job->o->nunique_dropna ? KEY_DROP : KEY_ONE,
              &parts[1]);
    key_combine(job->a, parts, 2, &pairs);
    for (size_t i = 0; i < pairs.n_keys; i++)
        out->i[g->ids[pairs.first[i]]]++;
    return out;
}

static struct column *
any_or_all(const struct aggregate_job *job)
{
    const struct groups *g = job->g;
    bool all = job->how == AGGREGATE_ALL;
    bool masked = job->values->na != NULL;
    /* to pandas these are integers: NaT is true, and 1970 false */
    bool times = coltype_class(job->values->dtype) == CLASS_TIME;
    struct column *out =
        column_new(job->a, masked ? COLTYPE_NULLABLE_BOOL : COLTYPE_BOOL, g->n_groups);

    for (size_t k = 0; k < g->n_groups; k++) {
        out->i[k] = all;
        for (int64_t i = g->offsets[k]; i < g->offsets[k + 1]; i++) {
            size_t row = (size_t)g->rows[i];

            if (times ? (job->values->i[row] != 0) == all
                      : column_missing(job->values, row))
                continue;
            if (times || cell_truth(column_get(job->values, row)) != all)
                out->i[k] = !all;
        }
    }
    return out;
}

static bool
by_type(const struct aggregate_job *job, struct column **out, struct error *err)
{
    enum aggregate how = job->how;
    bool plain = true;

    if (how == AGGREGATE_COUNT || how == AGGREGATE_SIZE)
        *out = count_values(job);
    else if (how == AGGREGATE_NUNIQUE)
        *out = count_distinct(job);
    else if (how == AGGREGATE_ANY || how == AGGREGATE_ALL)
        *out = any_or_all(job);
    else
        plain = false;
    if (plain)
        return true;
    if (job->values->na)
        return aggregate_nullables(job, out, err);
    switch (coltype_class(job->values->dtype)) {
    case CLASS_CELL: return aggregate_objects(job, out, err);
    case CLASS_CODE: return aggregate_categories(job, out, err);
    case CLASS_TIME: return aggregate_times(job, out, err);
    case CLASS_BOOL:
    case CLASS_INT:
    case CLASS_UINT:
    case CLASS_FLOAT: break;
    }
    *out = aggregate_numbers(job);
    return true;
}

bool
aggregate(struct arena *a, const struct groups *g, const struct column *values,
          const struct index *index, enum aggregate how,
          const struct aggregate_options *options, const struct column **out,
          struct error *err)
{
    struct aggregate_job job = {a, g, values, how, options, NULL};
    struct column *result;
    size_t largest = 0;

    if (how == AGGREGATE_QUANTILE && !(options->q >= 0 && options->q <= 1))
        return raise_error(err, "ValueError",
                           "Each 'q' must be between 0 and 1. Got '%s' instead",
                           cell_repr(a, cell_float(options->q)));
    if (how == AGGREGATE_IDXMIN || how == AGGREGATE_IDXMAX)
        return aggregate_extreme_labels(&job, index, out, err);
    for (size_t i = 0; i < g->n_groups; i++)
        if (group_size(g, i) > largest)
            largest = group_size(g, i);
    job.buffer = arena_alloc(a, (largest + 1) * sizeof *job.buffer);
    if (!by_type(&job, &result, err))
        return false;
    if (how != AGGREGATE_SIZE)
        result->name = values->name;
    *out = result;
    return true;
}
