/*
 * fuzz_trace.c: any text as two traces: the first half beside the second, and the whole
 * beside itself, which must not differ.
 */
#include "engine/trace/diverge.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
compare(const char *a, size_t size_a, const char *b, size_t size_b,
        struct divergence_report *report)
{
    struct trace_reader readers[2] = {0};
    struct error err = {0};
    bool ok = trace_read_begin(&readers[0], a, size_a, &err) &&
              trace_read_begin(&readers[1], b, size_b, &err) &&
              diverge_find(&readers[0], &readers[1], report, &err);

    if (ok == (err.class != ERR_NONE))
        abort();
    trace_read_end(&readers[0]);
    trace_read_end(&readers[1]);
    return ok;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct divergence_report report = {0};

    (void)compare(text, size / 2, text + size / 2, size - size / 2, &report);
    if (compare(text, size, text, size, &report) && report.kind != DIVERGE_NOWHERE)
        abort();
    return 0;
}
