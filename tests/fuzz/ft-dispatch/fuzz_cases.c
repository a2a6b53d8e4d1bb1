/* Any file of cases: refused, or one answer a case that can be written. */
#include "cases/case_file.h"
#include "common/mem.h"
#include "profiles/frankentorch.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
answer(const struct case_file *f, const struct case_item *item)
{
    struct error err = {0};
    struct answer a;
    struct json_out j;
    char *text = NULL;
    size_t size = 0;
    FILE *stream = xmemstream(&text, &size);

    json_start(&j, stream, JSON_LINE);
    if (answer_prepare(&a, &f->context, item->kind, item->case_id, item->input,
                       item->expect, &err))
        answer_write(&a, &j, NULL);
    else if (!err.message[0])
        abort();
    answer_clear(&a);
    xmemclose(stream);
    free(text);
}

static void
decide(const struct case_file *f, const struct case_item *item, enum mode mode)
{
    struct diagnostics diagnostics;
    struct franken_decision decision;
    struct error err = {0};

    diagnostics_init(&diagnostics, mode, DIAGNOSTICS_DEFAULT_MAX);
    if (franken_case(f->doc, item->node, &diagnostics, &decision, &err) &&
        decision.fallback_used && mode == MODE_STRICT)
        abort();
    diagnostics_clear(&diagnostics);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct case_file f;
    struct case_item item;
    struct error err = {0};
    bool more = true;

    if (!case_file_parse(&f, (const char *)data, size, &err))
        return 0;
    for (size_t n = 0; n < 20 && case_file_next(&f, &item, &more, &err) && more; n++) {
        if (f.schema != SCHEMA_FRANKENTORCH) {
            answer(&f, &item);
            continue;
        }
        decide(&f, &item, MODE_STRICT);
        decide(&f, &item, MODE_HARDENED);
    }
    case_file_close(&f);
    return 0;
}
