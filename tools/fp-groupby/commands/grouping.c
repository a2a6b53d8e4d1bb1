/* grouping.c: see grouping.h. */
#include "commands/grouping.h"

#include "engine/stream.h"
#include "engine/write.h"

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

bool
grouping_stream(struct cli *cli, const struct table_options *t,
                const struct grouping_options *o, const struct groupby *q, bool *declined,
                struct error *err)
{
    const struct stream_options how = {
        .delimiter = (uint8_t)(t->delimiter ? t->delimiter[0] : ','),
        .threads = (unsigned)cli->threads};
    const char *reason = NULL;
    struct stream_result r = {0};
    bool ok;

    *declined = true;
    if (o->exact || !table_is_plain(cli, t) ||
        (t->delimiter && strlen(t->delimiter) != 1))
        return true;
    ok = stream_groupby(cli->operands[0], q, &how, &r, &reason, err);
    *declined = reason != NULL;
    if (ok && !reason)
        ok = stream_write_csv(&r, q, (unsigned)cli->threads, cli->out, err);
    stream_clear(&r);
    return ok;
}
