/*
 * fuzz_stream.c: the streaming engine against the whole-file reader and groupby: on any
 * octets it either declines or gives the same bytes, for windows of any size.
 *
 * The first octet chooses threads and window size, the second the query.
 */
#include "answer.h"
#include "common/arena.h"
#include "csv/reader.h"
#include "io/csv_write.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TERMS = 6 };

/* Aggregates of the second and third column by the first, or by the first two. */
static void
make_query(const struct csv_source *src, unsigned choice, struct groupby *q,
           struct groupby_term terms[static TERMS], const char *by[static 2])
{
    static const enum aggregate hows[] = {
        AGGREGATE_SUM,    AGGREGATE_MEAN,  AGGREGATE_STD,  AGGREGATE_COUNT,
        AGGREGATE_MIN,    AGGREGATE_FIRST, AGGREGATE_LAST, AGGREGATE_PROD,
        AGGREGATE_MEDIAN, AGGREGATE_MAX,   AGGREGATE_VAR,  AGGREGATE_SEM};

    *q = groupby_defaults;
    q->as_index = false;
    q->group.sort = choice & 1;
    q->group.dropna = choice & 2;
    q->by = by;
    q->n_by = choice & 4 ? 2 : 1;
    q->terms = terms;
    q->n_terms = TERMS;
    by[0] = src->names[0];
    by[1] = src->names[1];
    for (size_t i = 0; i < TERMS; i++)
        terms[i] = (struct groupby_term){.name = "r",
                                         .column = src->names[src->n_columns - 1 - i % 2],
                                         .how = hows[(choice / 8 + i) % 12],
                                         .options = aggregate_defaults};
}

static char *
exact_answer(const uint8_t *data, size_t size, const struct groupby *q)
{
    struct arena a = {0};
    struct csv_report report = {0};
    struct csv_options csv = csv_defaults;
    struct error err = {0};
    struct frame *f;
    char *text = NULL;
    size_t length;
    FILE *out = xmemstream(&text, &length);

    csv.careful = true;
    bool ok = csv_read(&a, data, size, &csv, &f, &report, &err) &&
              groupby_frame(&a, f, q, &f, &err) &&
              csv_write(f, &csv_style_plain, out, &err);

    xmemclose(out);
    arena_clear(&a);
    if (ok)
        return text;
    free(text);
    return NULL;
}

static void
compare(const char *path, const uint8_t *data, size_t size, const uint8_t choices[2])
{
    const struct stream_options options = {.delimiter = ',',
                                           .threads = 1 + choices[0] % 3,
                                           .window_size = 16 + choices[0],
                                           .wide_rows = 1 + choices[0] % 7};
    struct groupby_term terms[TERMS];
    const char *by[2];
    const char *declined = NULL;
    struct csv_source src;
    struct error err = {0};
    struct groupby q;

    if (csv_source_open(&src, path, ',', &declined, &err) && !declined) {
        make_query(&src, choices[1], &q, terms, by);

        char *ours = streamed_answer(path, &q, &options);
        char *exact = ours ? exact_answer(data, size, &q) : NULL;

        if (ours && (!exact || strcmp(ours, exact) != 0)) {
            (void)fprintf(stderr, "streamed:\n%s\nexact:\n%s\n", ours,
                          exact ? exact : "(refused)");
            abort();
        }
        free(ours);
        free(exact);
    }
    csv_source_close(&src);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[] = "/tmp/fuzz_stream.XXXXXX";
    int fd;

    if (size < 2 || size > 1 << 16)
        return 0;
    fd = mkstemp(path);
    if (fd < 0)
        return 0;
    if (write(fd, data + 2, size - 2) == (ssize_t)(size - 2))
        compare(path, data + 2, size - 2, data);
    (void)close(fd);
    (void)unlink(path);
    return 0;
}
