/* YAML: what is taken is a tree that prints as JSON, which is read as the same tree. */
#include "common/json_out.h"
#include "common/yaml_in.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct json_limits limits = {.size = 1 << 24, .nodes = 10000, .depth = 100};
    struct json_doc *doc, *again;
    struct error err = {0};
    struct json_out j;
    char *text = NULL;
    size_t text_size;
    FILE *stream;

    if (!yaml_parse(&doc, (const char *)data, size, &limits, &err)) {
        if (err.class == ERR_NONE || err.message[0] == '\0')
            __builtin_trap();
        return 0;
    }
    stream = open_memstream(&text, &text_size);
    json_start(&j, stream, JSON_PRETTY);
    json_node(&j, NULL, json_root(doc));
    (void)fclose(stream);
    if (!json_parse(&again, text, text_size, &limits, &err) ||
        json_type(json_root(doc)) != json_type(json_root(again)))
        __builtin_trap();
    free(text);
    json_free(doc);
    json_free(again);
    return 0;
}
