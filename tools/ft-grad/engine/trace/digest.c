/*
 * digest.c: run and hash.
 */
#include "engine/trace/digest.h"

#include "graph/fingerprint.h"

static void
add_tensor(struct digest *d, struct heap *h, struct tensor *x)
{
    struct tensor *flat = x ? tensor_contiguous(h, x) : NULL;

    if (flat)
        digest_update(d, tensor_data(flat),
                      (size_t)tensor_count(flat) * tensor_type_size(flat->type));
}

bool
run_digest_of(struct session *s, struct run_digest *out, struct error *err)
{
    const struct program *p = s->program;
    uint8_t bytes[DIGEST_SIZE_MAX];
    struct digest *d;

    if (!session_run(s)) {
        *err = s->tape.error;
        return false;
    }
    d = digest_new(DIGEST_XXH3_128);
    for (uint32_t i = 0; i < p->values; i++) {
        if (!s->tensors[i])
            continue;
        add_tensor(d, &s->tape.heap, s->tensors[i]);
        add_tensor(d, &s->tape.heap, s->tensors[i]->grad);
    }
    for (size_t i = 0; i < p->input_count; i++)
        add_tensor(d, &s->tape.heap, s->report.captured[i]);
    digest_final(d, bytes);
    hex_encode(bytes, digest_size(DIGEST_XXH3_128), out->tensors);
    out->fingerprint = fingerprint_order(&s->report.graph.graph, s->report.schedule.order,
                                         s->report.schedule.order_count);
    digest_free(d);
    return true;
}
