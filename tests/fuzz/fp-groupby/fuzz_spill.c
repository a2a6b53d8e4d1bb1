/*
 * fuzz_spill.c: what a group-by that does not fit in memory reads back.
 *
 * An even first octet: the others are the temporary files of two runs, whatever they
 * hold, which are merged or refused.  An odd one: they are a CSV file, and grouping it by
 * way of temporary files gives the bytes of grouping it in memory.
 */
#include "answer.h"
#include "engine/spill.h"
#include "engine/temp.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TERMS = 3 };

static void
merge_runs(const uint8_t *data, size_t size)
{
    size_t cut = size > 0 ? data[0] * size / 256 : 0;
    struct run runs[2] = {{0}, {0}};
    struct error err = {0};
    char *text = NULL;
    size_t length;
    FILE *out = xmemstream(&text, &length);

    if (temp_open(&runs[0].file, &err) && temp_open(&runs[1].file, &err) &&
        temp_write(runs[0].file, data, cut, &err) &&
        temp_write(runs[1].file, data + cut, size - cut, &err))
        (void)(run_merge(runs, 2, out, &err) || err.message[0]);
    for (size_t i = 0; i < 2; i++)
        if (runs[i].file)
            run_close(&runs[i]);
    xmemclose(out);
    free(text);
}

static void
compare(const char *path, const struct groupby *q, struct stream_options options)
{
    char *here = streamed_answer(path, q, &options);
    const char *declined = NULL;
    struct error err = {0};
    char *text = NULL;
    size_t length;
    FILE *out = xmemstream(&text, &length);
    bool ok;

    options.memory = 1 << 16;
    ok = spill_groupby(path, q, &options, out, &declined, &err) && !declined;
    xmemclose(out);
    if (ok && (!here || strcmp(here, text) != 0)) {
        (void)fprintf(stderr, "spilled:\n%s\nin memory:\n%s\n", text,
                      here ? here : "(refused)");
        abort();
    }
    free(text);
    free(here);
}

/* Groups of the first column, or of the first two; the last column is aggregated. */
static void
group_file(const char *path, unsigned choice)
{
    static const enum aggregate hows[] = {AGGREGATE_SUM,   AGGREGATE_MEDIAN,
                                          AGGREGATE_COUNT, AGGREGATE_STD,
                                          AGGREGATE_LAST,  AGGREGATE_MAX};
    const struct stream_options options = {
        .delimiter = ',', .threads = 1 + choice % 2, .window_size = 32 + choice};
    struct groupby_term terms[TERMS];
    const char *by[2];
    const char *declined = NULL;
    struct csv_source src;
    struct error err = {0};
    struct groupby q = groupby_defaults;

    if (csv_source_open(&src, path, ',', &declined, &err) && !declined) {
        by[0] = src.names[0];
        by[1] = src.names[1];
        q.as_index = false;
        q.group.sort = choice & 2;
        q.group.dropna = choice & 4;
        q.by = by;
        q.n_by = choice & 8 ? 2 : 1;
        q.terms = terms;
        q.n_terms = TERMS;
        for (size_t i = 0; i < TERMS; i++)
            terms[i] = (struct groupby_term){.name = "r",
                                             .column = src.names[src.n_columns - 1],
                                             .how = hows[(choice / 16 + i) % 6],
                                             .options = aggregate_defaults};
        compare(path, &q, options);
    }
    csv_source_close(&src);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[] = "/tmp/fuzz_spill.XXXXXX";
    int fd;

    if (size < 2 || size > 1 << 14)
        return 0;
    if (data[0] % 2 == 0) {
        merge_runs(data + 1, size - 1);
        return 0;
    }
    fd = mkstemp(path);
    if (fd < 0)
        return 0;
    if (write(fd, data + 2, size - 2) == (ssize_t)(size - 2))
        group_file(path, data[1]);
    (void)close(fd);
    (void)unlink(path);
    return 0;
}
