/* grouping.c: see grouping.h. */
#include "commands/grouping.h"

#include "common/file.h"
#include "csv/reader.h"
#include "engine/write.h"
#include "io/csv_write.h"

#include <string.h>

static const uint64_t EXACT_MOST = UINT64_C(1) << 36; /* octets of a file */

bool
grouping_query(const struct grouping_options *o, struct groupby *q, struct error *err)
{
    if (o->by.count == 0)
        return error_set(err, ERR_USAGE, "--by is needed");
    *q = groupby_defaults;
    q->group.sort = !o->no_sort;
    q->group.dropna = !o->keep_missing;
    q->as_index = false;
    q->by = o->by.items;
    q->n_by = o->by.count;
    return true;
}

/* All of the file in memory, by the reader that knows every rule. */
static bool
answer_exactly(struct cli *cli, const struct grouping_options *o, const struct groupby *q,
               struct arena *a, grouping_frame *exactly, struct error *err)
{
    const char *path = cli->operands[0];
    struct csv_options csv = csv_defaults;
    struct csv_report report = {0};
    struct input in = {0};
    struct frame *f;
    bool ok;

    csv.delimiter = o->delimiter;
    csv.careful = true;
    if (!input_open(&in, path, EXACT_MOST, err))
        return false;
    ok = csv_read(a, in.data, in.size, &csv, &f, &report, err) &&
         exactly(a, f, q, &f, err) && csv_write(f, cli->out, err);
    input_close(&in);
    return ok || error_in(err, path);
}

bool
grouping_answer(struct cli *cli, const struct grouping_options *o,
                const struct groupby *q, struct arena *a, grouping_frame *exactly,
                struct error *err)
{
    const char *path = cli->operands[0];
    const char *declined = NULL;
    const struct stream_options stream = {.delimiter = (uint8_t)o->delimiter[0],
                                          .threads = (unsigned)cli->threads};
    struct stream_result r;
    bool ok;

    if (o->exact || strlen(o->delimiter) != 1 || strcmp(path, "-") == 0)
        return answer_exactly(cli, o, q, a, exactly, err);
    ok = stream_groupby(path, q, &stream, &r, &declined, err);
    if (ok && !declined)
        ok = stream_write_csv(&r, q, (unsigned)cli->threads, cli->out, err);
    stream_clear(&r);
    return ok && declined ? answer_exactly(cli, o, q, a, exactly, err) : ok;
}
