/* Programs: whatever JSON says, it runs within its limit or is refused. */
#include "engine/program/program.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct json_limits limits = {.size = 1 << 14, .nodes = 2000, .depth = 32};
    struct backward_report report = {0};
    struct json_doc *doc = NULL;
    struct tensor **tensors;
    struct error err = {0};
    struct program p = {0};
    struct tape t;

    if (json_parse(&doc, (const char *)data, size, &limits, &err) &&
        program_read(&p, doc, json_root(doc), &err)) {
        tape_init(&t, TORCH_2_6);
        t.heap.limit = 8 << 20;
        tensors = calloc((size_t)p.values + 1, sizeof(struct tensor *));
        if (tensors && program_forward(&p, &t, tensors))
            (void)program_backward(&p, &t, tensors, SCHEDULE_TORCH, &report);
        else if (!t.failed)
            __builtin_trap();
        backward_report_clear(&report);
        free(tensors);
        tape_clear(&t);
    } else if (err.class == ERR_NONE) {
        __builtin_trap();
    }
    program_clear(&p);
    json_free(doc);
    return 0;
}
