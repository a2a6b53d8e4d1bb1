/*
 * Any registrations file: refused, or operators whose tables agree with their own
 * explanation and whose calls end.
 */
#include "dispatcher/explain.h"
#include "files/registrations.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_slots(const struct runtime_table *t)
{
    const struct keyspace *k = t->registry.keys;
    struct slot_story story;

    for (unsigned i = 0; i < k->runtime_count; i++) {
        size_t winners = 0;

        explain_slot(t, k->runtime[i], &story);
        for (size_t c = 0; c < story.count; c++) {
            if (story.candidates[c].verdict != VERDICT_WINS)
                continue;
            winners++;
            if (story.candidates[c].kernel != story.computed.kernel)
                abort();
        }
        if (winners != 1)
            abort();
    }
}

static void
check_calls(const struct runtime_table *t)
{
    const struct keyspace *k = t->registry.keys;
    struct tls tls = {k->version->default_included, k->version->default_excluded};
    struct buf text = {0};
    struct call call;

    for (unsigned i = 0; i < k->runtime_count; i += 5) {
        call_operator(t, k->bits[k->runtime[i]], tls, &call);
        if (call.hop_count >= HOPS_MAX)
            abort();
        text.size = 0;
        call_error_text(t, &call, &text);
        if ((call.outcome == OUTCOME_RETURNED) != (text.size == 0))
            abort();
    }
    buf_clear(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct registrations f;
    struct error err = {0};
    bool more = true;

    if (!registrations_parse(&f, (const char *)data, size, NULL, &err))
        return 0;
    for (size_t n = 0; n < 20 && registrations_next(&f, &more, &err) && more; n++) {
        check_slots(&f.replay.table);
        check_calls(&f.replay.table);
    }
    registrations_close(&f);
    return 0;
}
