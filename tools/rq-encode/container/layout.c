/*
 * Symbols are small, so that scattered damage costs little; blocks are few and large,
 * so that no block is much unluckier than the others.
 *
 * T: 512 octets, the sector of most disks, from 1 MiB on; less for small files,
 * so that 5 % is more than a symbol or two; more from 4 GiB on, where the digest table
 * would otherwise be large.
 *
 * K: random losses of 0.85 of R leave a margin of 0.15 R; with Z blocks the number a
 * block loses has a variance of at most 0.85 R.  R = 800 makes the margin 4.6
 * standard deviations (failure about 2e-6 a block), so K = 800 / redundancy (1000 from
 * 1 GiB on, where there are many blocks); a single block loses exactly its share and
 * needs no margin.  Smaller blocks are faster, so K goes no higher than that.
 */
#include "layout.h"

#include "common/num.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum {
    T_MIN = 64,
    T_SECTOR = 512,
    T_MAX = 32768,
    K_LEAST = 4096,
    R_TARGET = 800,
    R_TARGET_LARGE = 1000, /* with hundreds of blocks each must be safer */
    SPARE = 2
};

#define SMALL_SYMBOLS 2048 /* a small file is cut into about as many */
#define TABLE_SYMBOLS                                                                    \
    (UINT64_C(1) << 23) /* a large one into at most as many, up to T_MAX */

bool
redundancy_parse(struct redundancy *out, const char *text, struct error *err)
{
    size_t n = strlen(text);

    *out = (struct redundancy){0};
    if (n > 1 && text[n - 1] == '%') {
        if (num_parse_f64(text, n - 1, &out->percent) && out->percent > 0 &&
            out->percent <= 100000)
            return true;
    } else if (num_parse_u64(text, n, &out->symbols) && out->symbols > 0) {
        return true;
    }
    return error_set(err, ERR_USAGE,
                     "redundancy '%s' is neither a percentage such as 5%% nor a number "
                     "of symbols",
                     text);
}

static uint64_t
ceil_div(uint64_t a, uint64_t b)
{
    return a / b + (a % b != 0);
}

static uint32_t
choose_T(uint64_t F)
{
    uint64_t T = T_MIN;

    while (T < T_SECTOR && T * SMALL_SYMBOLS < F)
        T *= 2;
    while (T < T_MAX && T * TABLE_SYMBOLS < F)
        T *= 2;
    return (uint32_t)T;
}

bool
layout_choose(struct layout *out, uint64_t F, const struct redundancy *redundancy,
              struct error *err)
{
    uint64_t Kt, most, Z, R;
    uint64_t target = F < (UINT64_C(1) << 30) ? R_TARGET : R_TARGET_LARGE;
    double share;

    *out = (struct layout){.F = F, .T = choose_T(F)};
    if (F == 0)
        return true;
    Kt = layout_source_symbols(out);
    share = redundancy->symbols > 0 ? (double)redundancy->symbols / (double)Kt
                                    : redundancy->percent / 100;
    most =
        share * RQ_K_MAX < (double)target ? RQ_K_MAX : (uint64_t)((double)target / share);
    most = most < K_LEAST ? K_LEAST : most;
    Z = ceil_div(Kt, most);
    if (Z > UINT32_MAX)
        return error_set(err, ERR_LIMIT, "%" PRIu64 " octets are too many", F);
    out->Z = (uint32_t)Z;
    out->K = (uint32_t)ceil_div(Kt, Z);
    R = redundancy->symbols > 0 ? ceil_div(redundancy->symbols, Z)
                                : (uint64_t)ceil(share * out->K);
    R = R < 1 ? 1 : R;
    if (R > RQ_ESI_MAX - SPARE - RQ_K_MAX)
        return error_set(err, ERR_USAGE,
                         "%" PRIu64 " repair symbols a block are more than there are", R);
    out->spare = SPARE;
    out->R = (uint32_t)R + SPARE;
    return true;
}

bool
layout_check(const struct layout *l, struct error *err)
{
    uint64_t Kt;

    if (l->T < 8 || l->T > UINT16_MAX || l->T % 8 != 0)
        return error_set(err, ERR_MALFORMED, "symbols of %" PRIu32 " octets", l->T);
    Kt = layout_source_symbols(l);
    if (l->F == 0) {
        if (l->K == 0 && l->Z == 0 && l->R == 0)
            return true;
        return error_set(err, ERR_MALFORMED, "blocks of an empty file");
    }
    if (l->K < 1 || l->K > RQ_K_MAX || l->Z < 1 || l->Z > Kt ||
        ceil_div(Kt, l->Z) != l->K)
        return error_set(err, ERR_MALFORMED,
                         "%" PRIu32 " blocks of %" PRIu32 " symbols for %" PRIu64
                         " symbols",
                         l->Z, l->K, Kt);
    if (l->R < 1 || l->R > RQ_ESI_MAX + 1 - l->K || l->spare >= l->R)
        return error_set(err, ERR_MALFORMED,
                         "%" PRIu32 " repair symbols a block, %" PRIu32 " of them spare",
                         l->R, l->spare);
    return true;
}

bool
layout_oti(const struct layout *l, uint8_t out[static RQ_OTI_SIZE])
{
    struct rq_oti oti = {.F = l->F, .T = l->T, .Z = l->Z, .N = 1, .Al = 8};
    struct error err;

    if (!rq_oti_check(&oti, &err))
        return false;
    rq_oti_pack(&oti, out);
    return true;
}
