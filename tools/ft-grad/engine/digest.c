/*
 * digest.c: run and hash.
 */
#include "engine/digest.h"

#include "graph/fingerprint.h"

#include "common/mem.h"

#include <stdlib.h>
#include <string.h>

static void
add_tensor(struct digest *d, struct heap *h, struct tensor *x)
{
    struct tensor *flat = x ? tensor_contiguous(h, x) : NULL;

    if (flat)
        digest_update(d, tensor_data(flat),
                      (size_t)tensor_count(flat) * tensor_type_size(flat->type));
}

bool
run_digest_of(const struct program *p, enum torch_version version, unsigned threads,
              struct run_digest *out, struct error *err)
{
    struct tensor **tensors = xcalloc((size_t)p->values + 1, sizeof(struct tensor *));
    struct digest *d = digest_new(DIGEST_XXH3_128);
    struct backward_report report = {0};
    uint8_t bytes[DIGEST_SIZE_MAX];
    struct tape t;
    bool ok;

    tape_init(&t, version);
    t.threads = threads;
    ok = program_forward(p, &t, tensors) &&
         program_backward(p, &t, tensors, SCHEDULE_TORCH, &report);
    if (ok) {
        for (uint32_t i = 0; i < p->values; i++) {
            add_tensor(d, &t.heap, tensors[i]);
            add_tensor(d, &t.heap, tensors[i]->grad);
        }
        for (size_t i = 0; i < p->input_count; i++)
            add_tensor(d, &t.heap, report.captured[i]);
        digest_final(d, bytes);
        hex_encode(bytes, digest_size(DIGEST_XXH3_128), out->tensors);
        out->fingerprint = fingerprint_order(&report.graph.graph, report.schedule.order,
                                             report.schedule.order_count);
    } else {
        *err = t.error;
    }
    digest_free(d);
    backward_report_clear(&report);
    free(tensors);
    tape_clear(&t);
    return ok;
}
