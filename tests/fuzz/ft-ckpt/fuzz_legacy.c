/* fuzz_legacy.c: the legacy stream of torch. */
#include "container/legacy.h"
#include "digests.h"
#include "listing.h"
#include "verify.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Read what was accepted: the sanitizer sees an octet outside of the file. */
static void
use(struct checkpoint *c)
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
    if (null && total < (1 << 22)) {
        json_start(&j, null, JSON_LINE);
        (void)!listing_write(c, &options, &j, &err);
        (void)!verify_checkpoint(c, &verify, &report, &err);
    }
    if (null)
        (void)fclose(null);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (enum mode mode = MODE_STRICT; mode <= MODE_HARDENED; mode++) {
        struct diagnostics d;
        struct open_options options = {.diagnostics = &d};
        struct error err = {0};
        struct checkpoint c;

        diagnostics_init(&d, mode, DIAGNOSTICS_DEFAULT_MAX);
        checkpoint_init(&c, "fuzz");
        c.data = data;
        c.size = size;
        if (legacy_load(&c, &options, &err))
            use(&c);
        else if (err.class == ERR_NONE)
            abort();
        checkpoint_close(&c);
        diagnostics_clear(&d);
    }
    return 0;
}
