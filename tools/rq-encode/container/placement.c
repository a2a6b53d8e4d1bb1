#include "placement.h"

#include "common/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SYMBOLS_SIMULATED = 1 << 20 };

/* ln of n over k. */
static double
log_choose(double n, double k)
{
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1);
}

/*
 * One block's chance to fail when `lost` of all symbols go: what it loses is
 * hypergeometric; each count is weighed by the chance that what stays lacks rank.
 */
static double
block_failure(const struct layout *l, double lost)
{
    double all = (double)l->Z * ((double)l->K + l->R), mine = (double)l->K + l->R;
    double total = 0;

    for (uint64_t i = 0; i <= (uint64_t)l->K + l->R && (double)i <= lost; i++) {
        double x = (double)i;
        double p, rank = x > l->R ? 1 : pow(256, x - l->R - 1);

        if (rank < 1e-30 || lost - x > all - mine)
            continue;
        p = exp(log_choose(mine, x) + log_choose(all - mine, lost - x) -
                log_choose(all, lost));
        total += p * rank;
    }
    return total;
}

/* xorshift64* (Vigna 2016). */
static uint64_t
next(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(0x2545f4914f6cdd1d);
}

/* Lose `lost` symbols of all, none twice; does some block lose more than R? */
static bool
fails(const struct layout *l, uint64_t lost, uint64_t *state, uint8_t *gone)
{
    uint64_t all = (uint64_t)l->Z * ((uint64_t)l->K + l->R);
    uint32_t *count = xcalloc(l->Z, sizeof *count);
    bool failed = false;

    memset(gone, 0, all);
    while (lost > 0) {
        uint64_t s = next(state) % all;

        if (gone[s])
            continue;
        gone[s] = 1;
        lost--;
        failed = ++count[s % l->Z] > l->R || failed;
    }
    free(count);
    return failed;
}

void
placement_judge(const struct layout *l, uint32_t trials, uint64_t seed,
                struct placement *out)
{
    uint64_t promised = (uint64_t)l->Z * (l->R - l->spare);
    uint64_t lost = (uint64_t)(0.85 * (double)promised);
    uint64_t all = (uint64_t)l->Z * ((uint64_t)l->K + l->R);
    uint64_t state = seed | 1;
    uint8_t *gone;

    *out = (struct placement){
        .random_failure = fmin(1, l->Z * block_failure(l, (double)lost)),
        /* The run touches at most promised - 1 symbols: R - spare of each block. */
        .burst_failure = fmin(1, l->Z * pow(256, -(double)l->spare - 1))};
    if (all == 0 || all > SYMBOLS_SIMULATED)
        return;
    gone = xcalloc(all, 1);
    out->trials = trials;
    for (uint32_t i = 0; i < trials; i++)
        out->failures += fails(l, lost, &state, gone);
    free(gone);
}
