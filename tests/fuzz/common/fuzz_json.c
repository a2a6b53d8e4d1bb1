/* JSON: what is taken is written, read again and written the same. */
#include "common/json_out.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *
printed(const struct json_doc *doc, size_t *size)
{
    struct json_out j;
    char *text = NULL;
    FILE *stream = open_memstream(&text, size);

    json_start(&j, stream, JSON_LINE);
    json_node(&j, NULL, json_root(doc));
    (void)fclose(stream);
    return text;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct json_limits limits = {.size = 1 << 20, .nodes = 10000, .depth = 100};
    struct json_doc *doc, *again;
    struct error err = {0};
    char *first, *second;
    size_t first_size, second_size;

    if (!json_parse(&doc, (const char *)data, size, &limits, &err)) {
        if (err.class == ERR_NONE || err.message[0] == '\0')
            __builtin_trap();
        return 0;
    }
    first = printed(doc, &first_size);
    if (!json_parse(&again, first, first_size, &limits, &err))
        __builtin_trap();
    second = printed(again, &second_size);
    if (first_size != second_size || memcmp(first, second, first_size) != 0)
        __builtin_trap();
    free(first);
    free(second);
    json_free(doc);
    json_free(again);
    return 0;
}
