/* grouping.c: see grouping.h. */
#include "commands/grouping.h"

#include "common/json_out.h"
#include "common/mem.h"
#include "common/timing.h"
#include "engine/spill.h"
#include "engine/stream.h"
#include "engine/write.h"
#include "store/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct group_options
grouping_groups(const struct grouping_options *o)
{
    return (struct group_options){
        .sort = !o->no_sort, .dropna = !o->keep_missing, .observed = o->observed};
}

void
grouping_query(const struct grouping_options *o, struct groupby *q)
{
    *q = groupby_defaults;
    q->group = grouping_groups(o);
    q->as_index = false;
    q->by = o->by.items;
    q->n_by = o->by.count;
}

/* Group what is in memory; with --timing the answer is how long that took. */
static void
group_again(struct cli *cli, const struct grouping_options *o, double load_seconds,
            struct store *store, struct stream_result *r)
{
    size_t n = o->repeat ? (size_t)o->repeat : 1;
    double *times = xcalloc(n, sizeof *times);
    struct timing found;

    for (size_t i = 0; i < n; i++) {
        uint64_t start = timing_ns();

        memory_group(store, &r->coder, &r->program, (unsigned)cli->threads);
        times[i] = timing_seconds(start, timing_ns());
    }
    found = timing_of(times, n);
    if (o->timing) {
        struct json_out j;

        json_start(&j, cli->out, JSON_LINE);
        json_object(&j, NULL);
        json_string(&j, "schema", "fp-groupby-timing/1");
        json_u64(&j, "row_count", r->n_rows);
        json_u64(&j, "group_count", r->coder.n_groups - 1);
        json_f64(&j, "load_seconds", load_seconds);
        json_u64(&j, "repeat_count", n);
        json_f64(&j, "median_seconds", found.median);
        json_f64(&j, "least_seconds", found.best);
        json_end(&j);
    }
    free(times);
}

/* May the file be read whole?  Its table takes many times its size. */
static bool
fits_whole(const char *path, uint64_t memory, const char *reason, struct error *err)
{
    const uint64_t times = 24; /* a field is a cell of 24 octets, and most are short */
    struct stat st;

    if (!memory || stat(path, &st) != 0 || (uint64_t)st.st_size < memory / times)
        return true;
    (void)error_set(err, ERR_LIMIT,
                    "needs the whole table in memory, for %s (give more --memory)",
                    reason);
    return error_in(err, path);
}

bool
grouping_stream(struct cli *cli, const struct table_options *t,
                const struct grouping_options *o, const struct groupby *q, bool *declined,
                struct error *err)
{
    bool in_memory = o->repeat > 0 || o->timing;
    struct store store = {0};
    const struct stream_options how = {
        .delimiter = (uint8_t)(t->delimiter ? t->delimiter[0] : ','),
        .threads = (unsigned)cli->threads,
        .memory = t->memory,
        .load = in_memory ? &store : NULL};
    uint64_t start = timing_ns();
    const char *reason = NULL;
    struct stream_result r = {0};
    bool ok;

    *declined = true;
    if (o->exact || !table_is_plain(cli, t) ||
        (t->delimiter && strlen(t->delimiter) != 1))
        return true;
    ok = stream_groupby(cli->operands[0], q, &how, &r, &reason, err);
    if (ok && !reason && in_memory && !r.over_memory)
        reason = memory_refuses(&store, &r.program);
    if (ok && !reason && r.over_memory && in_memory)
        reason = "more than --memory";
    if (ok && !reason && r.over_memory) {
        stream_clear(&r);
        ok = spill_groupby(cli->operands[0], q, &how, cli->out, &reason, err);
        *declined = reason != NULL;
        return ok && (!reason || fits_whole(cli->operands[0], t->memory, reason, err));
    }
    *declined = reason != NULL;
    if (ok && !reason && in_memory)
        group_again(cli, o, timing_seconds(start, timing_ns()), &store, &r);
    if (ok && !reason && !o->timing)
        ok = stream_write_csv(&r, q, (unsigned)cli->threads, cli->out, err);
    stream_clear(&r);
    store_clear(&store);
    if (ok && reason && in_memory)
        return error_set(err, ERR_UNSUPPORTED, "cannot be grouped in memory: %s", reason);
    return ok && (!reason || fits_whole(cli->operands[0], t->memory, reason, err));
}
