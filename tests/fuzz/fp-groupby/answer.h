/*
 * answer.h: what the streaming engine makes of a query, as text.
 */
#ifndef FUZZ_ANSWER_H
#define FUZZ_ANSWER_H

#include "common/mem.h"
#include "engine/write.h"

#include <stdlib.h>

/* Owned by the caller; NULL when it declines or refuses. */
static char *
streamed_answer(const char *path, const struct groupby *q,
                const struct stream_options *options)
{
    struct stream_result r;
    struct error err = {0};
    const char *declined = NULL;
    char *text = NULL;
    size_t length;
    bool ok = stream_groupby(path, q, options, &r, &declined, &err) && !declined;

    if (ok) {
        FILE *out = xmemstream(&text, &length);

        ok = stream_write_csv(&r, q, options->threads, out, &err);
        xmemclose(out);
    }
    stream_clear(&r);
    if (!ok)
        free(text);
    return ok ? text : NULL;
}

#endif
