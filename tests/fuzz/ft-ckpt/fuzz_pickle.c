/* fuzz_pickle.c: the pickle machine: what strict accepts, lenient accepts too. */
#include "pickle/machine.h"
#include "pickle/policy.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = {0};
    struct pickle strict, lenient;
    bool ok = pickle_run(&strict, data, size, PICKLE_STRICT, &err);
    bool any = pickle_run(&lenient, data, size, PICKLE_LENIENT, &err);

    if (ok && (!any || strict.size != lenient.size || strict.size > size ||
               strict.global_count != lenient.global_count || !strict.root))
        abort();
    for (const struct global *g = lenient.globals; g; g = g->next)
        if (g->at >= size || policy_judge(g, NULL) > VERDICT_DANGEROUS)
            abort();
    pickle_clear(&strict);
    pickle_clear(&lenient);
    return 0;
}
