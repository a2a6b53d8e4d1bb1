/* fuzz_arrow.c: any octets as an Arrow stream; what is read can be written and read. */
#include "arrow/arrow.h"
#include "common/mem.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct arrow_options options = {.nan = true};
    struct arena a = {0};
    struct error err = {0};
    struct frame *f, *back;
    char *text;
    size_t n;
    FILE *stream = xmemstream(&text, &n);
    bool ok = arrow_read(&a, data, size, &options, &f, &err) && f->n_rows < 1000 &&
              arrow_write(f, stream, &err);

    xmemclose(stream);
    if (ok && (!arrow_read(&a, (const uint8_t *)text, n, &options, &back, &err) ||
               back->n_rows != (f->n_columns ? f->n_rows : 0)))
        abort();
    free(text);
    arena_clear(&a);
    return 0;
}
