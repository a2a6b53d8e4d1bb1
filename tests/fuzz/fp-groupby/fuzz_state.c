/*
 * fuzz_state.c: any octets as a state, answered when it is one.  Digests are put right
 * first, so that what they guard is reached.
 */
#include "common/bytes.h"
#include "common/digest.h"
#include "common/mem.h"
#include "shards/merge.h"
#include "shards/partial.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
put_xxh3(uint8_t *out, const void *data, size_t size)
{
    uint8_t octets[DIGEST_SIZE_MAX];

    digest_of(DIGEST_XXH3_64, data, size, octets);
    put_le64(out, get_be64(octets));
}

static void
mend(uint8_t *data, size_t size)
{
    for (size_t at = 8; at <= size && size - at >= 32;) {
        uint64_t length = get_le64(data + at + 8);

        if (length <= size - at - 32)
            put_xxh3(data + at + 16, data + at + 32, length);
        put_xxh3(data + at + 24, data + at, 24);
        if (length > size - at - 32)
            return;
        at += 32 + length + (8 - length % 8) % 8;
    }
}

/* The state again, and that of its first part; what is written must be a state. */
static void
write_again(const struct merge *m)
{
    for (int part = 0; part < 2; part++) {
        struct error err = {0};
        struct state s;
        char *text = NULL;
        size_t size;
        FILE *out = xmemstream(&text, &size);
        bool ok = part ? merge_write_part(m, 0, out, &err) : merge_write(m, out, &err);

        xmemclose(out);
        if (ok && !state_read(&s, (const uint8_t *)text, size, &err)) {
            (void)fprintf(stderr, "written, but not read: %s\n", err.message);
            abort();
        }
        if (ok)
            state_close(&s);
        free(text);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = xcalloc(size + 1, 1);
    struct error err = {0};
    struct state s;

    if (size > 0)
        memcpy(copy, data, size);
    mend(copy, size);
    if (state_read(&s, copy, size, &err)) {
        struct merge m = {.states = &s, .n = 1, .held = s.held, .n_held = s.n_held};
        struct arena a = {0};
        struct frame *f;
        double *bounds;

        if (s.plan.n_parts < 64)
            (void)(merge_answer(&m, &a, &f, &bounds, &err) || err.message[0]);
        write_again(&m);
        arena_clear(&a);
        state_close(&s);
    }
    free(copy);
    return 0;
}
