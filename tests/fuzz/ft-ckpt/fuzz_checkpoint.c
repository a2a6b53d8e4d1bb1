/* fuzz_checkpoint.c: any format, found by its content. */
#include "container/open.h"
#include "load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
load(struct checkpoint *c, const struct open_options *options, struct error *err)
{
    return checkpoint_load(c, c->data, c->size, options, err);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_load(load, "fuzz", data, size);
    return 0;
}
