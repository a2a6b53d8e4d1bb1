#include "params.h"

#include "common/attr.h"
#include "common/bytes.h"
#include "tables.h"

#include <inttypes.h>

static uint32_t
next_prime(uint32_t n)
{
    for (;; n++) {
        uint32_t d = 2;

        while (d * d <= n && n % d != 0)
            d++;
        if (n >= 2 && d * d > n)
            return n;
    }
}

bool
rq_params_init(struct rq_params *p, uint64_t K, struct error *err)
{
    const struct rq_systematic *row = rq_systematic;

    if (K < 1 || K > RQ_K_MAX)
        return error_set(err, ERR_LIMIT,
                         "%" PRIu64 " source symbols in a block, not 1 to %d", K,
                         RQ_K_MAX);
    while (row->K_prime < K)
        row++;
    *p = (struct rq_params){.K = (uint32_t)K,
                            .K_prime = row->K_prime,
                            .J = row->J,
                            .S = row->S,
                            .H = row->H,
                            .W = row->W};
    p->L = p->K_prime + p->S + p->H;
    p->P = p->L - p->W;
    p->P1 = next_prime(p->P);
    p->B = p->W - p->S;
    return true;
}

static uint64_t
ceil_div(uint64_t a, uint64_t b)
{
    return a / b + (a % b != 0);
}

struct rq_partition
rq_partition(uint64_t I, uint64_t J)
{
    struct rq_partition p = {.IL = ceil_div(I, J), .IS = I / J};

    p.JL = I - p.IS * J;
    p.JS = J - p.JL;
    return p;
}

/*
 * KL(n) of section 4.3: the largest K' of table 2 whose block fits the memory when
 * cut into n sub-blocks; 0 when none does.
 */
static uint32_t
largest_block(const struct rq_derive *in, uint64_t T, uint64_t n)
{
    uint64_t sub = in->Al * ceil_div(T, in->Al * n); /* octets of a sub-symbol */
    uint64_t most = in->memory / sub;
    uint32_t KL = 0;

    for (size_t i = 0; i < COUNT_OF(rq_systematic); i++)
        if (rq_systematic[i].K_prime <= most)
            KL = rq_systematic[i].K_prime;
    return KL;
}

bool
rq_oti_derive(struct rq_oti *oti, const struct rq_derive *in, struct error *err)
{
    uint64_t T, Kt, n_max, n, Z;

    if (in->F < 1 || in->F > RQ_F_MAX)
        return error_set(err, ERR_LIMIT,
                         "transfer length %" PRIu64 " is not 1 to %" PRIu64, in->F,
                         RQ_F_MAX);
    if (in->Al < 1 || in->Al > UINT8_MAX)
        return error_set(err, ERR_LIMIT, "alignment %" PRIu64 " is not 1 to 255", in->Al);
    if (in->packet < in->Al || in->packet > UINT16_MAX)
        return error_set(err, ERR_LIMIT,
                         "packet size %" PRIu64 " is not %" PRIu64
                         " (the alignment) to 65535",
                         in->packet, in->Al);
    T = in->packet / in->Al * in->Al;
    if (in->sub_size < 1 || in->sub_size > T / in->Al)
        return error_set(err, ERR_LIMIT,
                         "sub-symbol size %" PRIu64 " is not 1 to %" PRIu64
                         " units of the alignment",
                         in->sub_size, T / in->Al);
    Kt = ceil_div(in->F, T);
    n_max = T / (in->sub_size * in->Al);
    if (largest_block(in, T, n_max) == 0)
        return error_set(err, ERR_LIMIT,
                         "%" PRIu64 " octets of memory hold no block (give more)",
                         in->memory);
    Z = ceil_div(Kt, largest_block(in, T, n_max));
    for (n = 1; n < n_max && ceil_div(Kt, Z) > largest_block(in, T, n);)
        n++;
    *oti = (struct rq_oti){.F = in->F,
                           .T = (uint32_t)T,
                           .Z = (uint32_t)Z,
                           .N = (uint32_t)n,
                           .Al = (uint32_t)in->Al};
    return true;
}

bool
rq_oti_check(const struct rq_oti *o, struct error *err)
{
    uint64_t Kt;

    if (o->F < 1 || o->F > RQ_F_MAX)
        return error_set(err, ERR_LIMIT, "OTI: F is %" PRIu64 ", not 1 to %" PRIu64, o->F,
                         RQ_F_MAX);
    if (o->Al < 1 || o->Al > UINT8_MAX || o->T < 1 || o->T > UINT16_MAX ||
        o->T % o->Al != 0)
        return error_set(err, ERR_MALFORMED,
                         "OTI: T = %" PRIu32 " is no multiple of Al = %" PRIu32, o->T,
                         o->Al);
    Kt = ceil_div(o->F, o->T);
    if (o->Z < 1 || o->Z > 256 || o->Z > Kt)
        return error_set(err, ERR_MALFORMED,
                         "OTI: %" PRIu32 " blocks for %" PRIu64 " symbols", o->Z, Kt);
    if (o->N < 1 || o->N > o->T / o->Al)
        return error_set(err, ERR_MALFORMED,
                         "OTI: %" PRIu32 " sub-blocks for T / Al = %" PRIu32, o->N,
                         o->T / o->Al);
    if (ceil_div(Kt, o->Z) > RQ_K_MAX)
        return error_set(err, ERR_LIMIT, "OTI: %" PRIu64 " symbols a block, more than %d",
                         ceil_div(Kt, o->Z), RQ_K_MAX);
    return true;
}

void
rq_oti_pack(const struct rq_oti *oti, uint8_t out[static RQ_OTI_SIZE])
{
    put_be64(out, oti->F << 24 | oti->T); /* F 40 bits, 8 reserved, T 16 */
    out[8] = (uint8_t)oti->Z;             /* 256 is written 0 */
    put_be16(out + 9, (uint16_t)oti->N);
    out[11] = (uint8_t)oti->Al;
}

bool
rq_oti_unpack(struct rq_oti *oti, const uint8_t in[static RQ_OTI_SIZE], struct error *err)
{
    if (in[5] != 0)
        return error_set(err, ERR_MALFORMED, "OTI: the reserved octet is %u, not 0",
                         in[5]);
    *oti = (struct rq_oti){.F = get_be64(in) >> 24,
                           .T = get_be16(in + 6),
                           .Z = in[8] == 0 ? 256 : in[8],
                           .N = get_be16(in + 9),
                           .Al = in[11]};
    return rq_oti_check(oti, err);
}
