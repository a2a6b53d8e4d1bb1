/*
 * load.h: load an input as a checkpoint in both modes, and read all of what was
 * accepted, so that the sanitizer sees an octet outside of the file.
 */
#ifndef FUZZ_LOAD_H
#define FUZZ_LOAD_H

#include "judge/spans.h"
#include "judge/verify.h"
#include "listing/listing.h"
#include "tensors/digests.h"

#include <stdlib.h>

typedef bool fuzz_loader(struct checkpoint *, const struct open_options *,
                         struct error *);

enum { FUZZ_READ_MAX = 1 << 22 };

static inline void
fuzz_read(struct checkpoint *c)
{
    struct listing_options options = {.digests = true, .threads = 1};
    struct verify_options verify = {.threads = 1};
    struct verify_report report = {0};
    struct error err = {0};
    struct json_out j;
    FILE *null = fopen("/dev/null", "w");
    uint64_t total = 0;

    for (size_t i = 0; i < c->tensor_count; i++)
        total += c->tensors[i].nbytes;
    if (null && total < FUZZ_READ_MAX) {
        json_start(&j, null, JSON_LINE);
        (void)!listing_write(c, &options, &j, &err);
        (void)!verify_checkpoint(c, &verify, &report, &err);
        spans_make(c);
    }
    if (null)
        (void)fclose(null);
}

static inline void
fuzz_load(fuzz_loader *load, const char *path, const uint8_t *data, size_t size)
{
    for (enum mode mode = MODE_STRICT; mode <= MODE_HARDENED; mode++) {
        struct diagnostics d;
        struct open_options options = {.diagnostics = &d};
        struct error err = {0};
        struct checkpoint c;

        diagnostics_init(&d, mode, DIAGNOSTICS_DEFAULT_MAX);
        checkpoint_init(&c, path);
        c.data = data;
        c.size = size;
        if (load(&c, &options, &err))
            fuzz_read(&c);
        else if (err.class == ERR_NONE)
            abort();
        checkpoint_close(&c);
        diagnostics_clear(&d);
    }
}

#endif
