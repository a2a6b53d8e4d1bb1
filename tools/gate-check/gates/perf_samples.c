/*
 * The ratio of two medians with a percentile bootstrap: both sample sets are drawn
 * again with replacement, `resamples` times.  It is a regression only when the
 * whole interval lies beyond the threshold, and passes only when none of it does.
 * The generator is SplitMix64, so a seed gives the same interval everywhere.
 */
#include "common/mem.h"
#include "evidence/field.h"
#include "gates/gates.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

static const char rule[] = "perf samples";
/* A metric's draws are bounded, so that no file takes hours: seconds at the most. */
enum { SAMPLES_MIN = 5, SAMPLES_MAX = 1 << 20, DRAWS_MAX = 1 << 28 };

struct samples {
    double *values; /* owned */
    size_t count;
};

static uint64_t
splitmix(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static int
by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double
median(double *values, size_t n)
{
    qsort(values, n, sizeof *values, by_value);
    return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static bool
read_samples(const struct evidence *e, const struct json *metric, struct samples *out)
{
    const struct json *list;
    char at[FIELD_AT_SIZE];

    *out = (struct samples){0};
    if (!field_array(e, metric, "samples", &list))
        return false;
    if (json_count(list) < SAMPLES_MIN || json_count(list) > SAMPLES_MAX) {
        (void)judge(e->judgement, REASON_ZERO_EXECUTED, rule, e->file,
                    field_at(e, list, NULL, at), "%zu samples; at least %d are needed",
                    json_count(list), SAMPLES_MIN);
        return false;
    }
    out->values = xcalloc(json_count(list), sizeof *out->values);
    for (const struct json *n = json_first(list); n; n = json_next(n)) {
        double value;

        if (json_type(n) != JSON_NUMBER || !json_to_f64(n, &value) || !isfinite(value) ||
            value <= 0) {
            (void)judge(e->judgement, REASON_RANGE_ERROR, rule, e->file,
                        field_at(e, n, NULL, at), "a sample is a finite number above 0");
            return false;
        }
        out->values[out->count++] = value;
    }
    return true;
}

static double
resampled_median(const struct samples *s, double *scratch, uint64_t *state)
{
    for (size_t i = 0; i < s->count; i++)
        scratch[i] = s->values[splitmix(state) % s->count];
    return median(scratch, s->count);
}

struct interval {
    double ratio, low, high; /* of new over old, as worse */
};

static struct interval
bootstrap(const struct samples *was, const struct samples *is, bool lower_is_better,
          const struct perf_samples_options *o)
{
    size_t largest = was->count > is->count ? was->count : is->count;
    double *scratch = xcalloc(largest, sizeof *scratch);
    double *ratios = xcalloc(o->resamples, sizeof *ratios);
    double tail = (1 - o->confidence) / 2, base, now;
    uint64_t state = o->seed;
    struct interval out;

    base = median(was->values, was->count);
    now = median(is->values, is->count);
    out.ratio = lower_is_better ? now / base : base / now;
    for (uint64_t i = 0; i < o->resamples; i++) {
        base = resampled_median(was, scratch, &state);
        now = resampled_median(is, scratch, &state);
        ratios[i] = lower_is_better ? now / base : base / now;
    }
    qsort(ratios, o->resamples, sizeof *ratios, by_value);
    out.low = ratios[(size_t)(tail * (double)(o->resamples - 1))];
    out.high = ratios[(size_t)ceil((1 - tail) * (double)(o->resamples - 1))];
    free(ratios);
    free(scratch);
    return out;
}

static bool
is_affordable(const struct evidence *e, const char *name, size_t samples,
              uint64_t resamples)
{
    if (samples == 0 || resamples <= DRAWS_MAX / samples)
        return true;
    (void)judge(e->judgement, REASON_SIZE_LIMIT, rule, e->file, name,
                "%zu samples drawn again %" PRIu64
                " times are too many (--resamples %zu)",
                samples, resamples, DRAWS_MAX / samples);
    return false;
}

static void
judge_metric(const struct evidence *e, const char *name, const struct interval *i,
             const struct perf_samples_options *o)
{
    double limit = 1 + o->threshold_percent / 100;
    struct judgement *j = e->judgement;
    struct reason *r;

    if (i->low > limit) {
        r = judge(j, REASON_PERF_REGRESSION, rule, e->file, name,
                  "ratio %.4f, %g %% interval %.4f to %.4f lies above %.4f", i->ratio,
                  100 * o->confidence, i->low, i->high, limit);
    } else if (i->high > limit) {
        r = judge(j, REASON_UNPROVEN, rule, e->file, name,
                  "ratio %.4f, interval %.4f to %.4f holds %.4f: take more samples",
                  i->ratio, i->low, i->high, limit);
    } else {
        r = judge(j, REASON_OK, rule, e->file, name,
                  "ratio %.4f, interval %.4f to %.4f lies below %.4f", i->ratio, i->low,
                  i->high, limit);
    }
    reason_values(j, r, judgement_text(j, "%g", limit),
                  judgement_text(j, "%.17g", i->ratio));
}

static void
compare_metrics(const struct evidence *base, const struct evidence *now,
                const struct perf_samples_options *o)
{
    const struct json *was, *is;

    if (!field_object(base, json_root(base->doc), "metrics", &was) ||
        !field_object(now, json_root(now->doc), "metrics", &is))
        return;
    if (!json_first(was))
        (void)judge(now->judgement, REASON_ZERO_EXECUTED, rule, base->file, "/metrics",
                    "no metrics");
    for (const struct json *m = json_first(was); m; m = json_next(m)) {
        const struct json *n = json_get(is, json_key(m));
        struct samples old = {0}, new = {0};
        bool lower;

        if (!n)
            (void)judge(now->judgement, REASON_METRIC_MISSING, rule, now->file,
                        json_key(m), "a metric of the baseline was not measured");
        else if (field_bool(base, m, "lower_is_better", &lower) &&
                 read_samples(base, m, &old) && read_samples(now, n, &new) &&
                 is_affordable(now, json_key(m), old.count + new.count, o->resamples)) {
            struct interval i = bootstrap(&old, &new, lower, o);

            judge_metric(now, json_key(m), &i, o);
        }
        free(old.values);
        free(new.values);
    }
    for (const struct json *m = json_first(is); m; m = json_next(m))
        if (!json_get(was, json_key(m)))
            (void)judge(now->judgement, REASON_METRIC_MISSING, rule, base->file,
                        json_key(m), "a measured metric has no baseline");
}

void
gate_perf_samples(struct judgement *j, const char *baseline, const char *samples,
                  const struct perf_samples_options *options)
{
    struct evidence base = {.judgement = j, .file = baseline};
    struct evidence now = {.judgement = j, .file = samples};
    bool readable = evidence_json(&base);

    if (evidence_json(&now) && readable)
        compare_metrics(&base, &now, options);
    evidence_close(&base);
    evidence_close(&now);
}
