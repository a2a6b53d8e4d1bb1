/* fuzz_span.c: a text as a span of time; what is read, printed and read again is the
 * same. */
#include "io/value.h"
#include "table/span.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = {0};
    struct buf text = {0};
    int64_t again;
    int64_t ns;

    /* the first of -106752 days cannot be written in days */
    if (span_read(arena_strndup(&a, (const char *)data, size), &ns) &&
        ns >= -9223286400000000000) {
        value_put_cell(&text, (struct cell){.i = ns, .kind = CELL_SPAN});
        buf_putc(&text, '\0');
        if (!span_read((const char *)text.data, &again) || again != ns)
            __builtin_trap();
    }
    buf_clear(&text);
    arena_clear(&a);
    return 0;
}
