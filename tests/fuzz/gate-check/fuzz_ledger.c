/* fuzz_ledger.c: a drift history, chained or not. */
#include "gates/ledger.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ledger_state state;
    struct judgement j;

    judgement_init(&j, "fuzz");
    ledger_read(&j, "ledger", (const char *)data, size, &state);
    /* A torn end is never green. */
    if (size > 0 && data[size - 1] != '\n' && judgement_verdict(&j) < VERDICT_ERROR)
        abort();
    judgement_clear(&j);
    return 0;
}
