#include "object.h"

#include "common/mem.h"
#include "plan.h"

#include <stdlib.h>
#include <string.h>

enum { SURPLUS = 2 /* received symbols tried beyond K before all are */ };

uint64_t
rq_object_symbols(const struct rq_oti *oti)
{
    return oti->F / oti->T + (oti->F % oti->T != 0);
}

struct rq_block
rq_object_block(const struct rq_oti *oti, uint32_t sbn)
{
    struct rq_partition p = rq_partition(rq_object_symbols(oti), oti->Z);
    uint64_t before = sbn < p.JL ? sbn * p.IL : p.JL * p.IL + (sbn - p.JL) * p.IS;
    uint32_t K = (uint32_t)(sbn < p.JL ? p.IL : p.IS);

    return (struct rq_block){
        .K = K, .offset = before * oti->T, .size = (uint64_t)K * oti->T};
}

struct rq_sub_block
rq_object_sub_block(const struct rq_oti *oti, uint32_t K, uint32_t j)
{
    struct rq_partition p = rq_partition(oti->T / oti->Al, oti->N);
    uint64_t before = j < p.JL ? j * p.IL : p.JL * p.IL + (j - p.JL) * p.IS;

    return (struct rq_sub_block){.size = (size_t)((j < p.JL ? p.IL : p.IS) * oti->Al),
                                 .symbol_at = (size_t)(before * oti->Al),
                                 .block_at = before * oti->Al * K};
}

/* Source symbols are read, or written, where the sub-blocks have them. */
static void
copy_source(const struct rq_oti *oti, uint32_t K, const uint8_t *block, uint32_t esi,
            uint8_t *symbol)
{
    for (uint32_t j = 0; j < oti->N; j++) {
        struct rq_sub_block s = rq_object_sub_block(oti, K, j);

        memcpy(symbol + s.symbol_at, block + s.block_at + (uint64_t)esi * s.size, s.size);
    }
}

static void
run_sub_blocks(const struct rq_plan *plan, const struct rq_oti *oti, uint32_t K,
               const uint8_t *block, uint8_t *const *wanted, size_t count)
{
    const uint8_t **row = xcalloc(K, sizeof *row);
    uint8_t **into = xcalloc(count + 1, sizeof *into);
    struct rq_workspace workspace = {0};

    for (uint32_t j = 0; j < oti->N; j++) {
        struct rq_sub_block s = rq_object_sub_block(oti, K, j);

        for (uint32_t k = 0; k < K; k++)
            row[k] = block + s.block_at + (uint64_t)k * s.size;
        for (size_t i = 0; i < count; i++)
            into[i] = wanted[i] + s.symbol_at;
        rq_plan_run(plan, &workspace, row, into, s.size);
    }
    rq_workspace_clear(&workspace);
    free(row);
    free(into);
}

bool
rq_object_encode(const struct gf256 *gf, const struct rq_oti *oti, uint32_t K,
                 const uint8_t *block, struct rq_esis esis, uint8_t *out,
                 struct error *err)
{
    const uint32_t *esi = esis.esi;
    size_t count = esis.count;
    uint32_t *source = xcalloc(K, sizeof *source);
    uint32_t *repair = xcalloc(count + 1, sizeof *repair);
    uint8_t **wanted = xcalloc(count + 1, sizeof *wanted);
    struct rq_plan *plan = NULL;
    struct rq_params params;
    size_t repairs = 0;
    bool ok = rq_params_init(&params, K, err);

    for (uint32_t k = 0; k < K; k++)
        source[k] = k;
    for (size_t i = 0; i < count; i++) {
        if (esi[i] < K) {
            copy_source(oti, K, block, esi[i], out + i * oti->T);
        } else {
            wanted[repairs] = out + i * oti->T;
            repair[repairs++] = esi[i];
        }
    }
    if (ok && repairs > 0) {
        ok = rq_plan_new(&plan, gf, &params, (struct rq_esis){source, K},
                         (struct rq_esis){repair, repairs}, err);
        if (ok)
            run_sub_blocks(plan, oti, K, block, wanted, repairs);
        rq_plan_free(plan);
    }
    free(source);
    free(repair);
    free(wanted);
    return ok;
}

/* The source symbols that are there go to their place; the others are listed. */
static size_t
place_source(const struct rq_oti *oti, uint32_t K, const struct rq_packet *packets,
             size_t count, uint8_t *block, uint32_t *lost)
{
    size_t n = 0, i = 0;

    for (uint32_t k = 0; k < K; k++) {
        if (i == count || packets[i].esi != k) {
            lost[n++] = k;
            continue;
        }
        for (uint32_t j = 0; j < oti->N; j++) {
            struct rq_sub_block s = rq_object_sub_block(oti, K, j);

            memcpy(block + s.block_at + (uint64_t)k * s.size,
                   packets[i].symbol + s.symbol_at, s.size);
        }
        i++;
    }
    return n;
}

struct decoding {
    const struct gf256 *gf;
    const struct rq_oti *oti;
    struct rq_params params;
    const struct rq_packet *packets;
    size_t count;
    uint32_t *lost; /* ESIs below K */
    size_t lost_count;
};

static bool
recover(const struct decoding *d, uint8_t *block, struct error *err)
{
    const struct rq_params *params = &d->params;
    const struct rq_packet *packets = d->packets;
    const struct rq_oti *oti = d->oti;
    const uint32_t *lost = d->lost;
    size_t count = d->count, lost_count = d->lost_count;
    uint32_t *esi = xcalloc(count, sizeof *esi);
    const uint8_t **row = xcalloc(count, sizeof *row);
    uint8_t **into = xcalloc(lost_count, sizeof *into);
    size_t used = count < params->K + SURPLUS ? count : params->K + SURPLUS;
    const struct rq_esis wanted = {lost, lost_count};
    struct rq_workspace workspace = {0};
    struct rq_plan *plan = NULL;
    bool ok;

    for (size_t i = 0; i < count; i++)
        esi[i] = packets[i].esi;
    ok = rq_plan_new(&plan, d->gf, params, (struct rq_esis){esi, used}, wanted, err);
    if (!ok && used < count) {
        used = count;
        ok = rq_plan_new(&plan, d->gf, params, (struct rq_esis){esi, used}, wanted, err);
    }
    for (uint32_t j = 0; ok && j < oti->N; j++) {
        struct rq_sub_block s = rq_object_sub_block(oti, params->K, j);

        for (size_t i = 0; i < used; i++)
            row[i] = packets[i].symbol + s.symbol_at;
        for (size_t i = 0; i < lost_count; i++)
            into[i] = block + s.block_at + (uint64_t)lost[i] * s.size;
        rq_plan_run(plan, &workspace, row, into, s.size);
    }
    rq_workspace_clear(&workspace);
    rq_plan_free(plan);
    free(esi);
    free(row);
    free(into);
    return ok;
}

/* Repair symbols that were not needed must be those of the block found. */
static bool
consistent(const struct gf256 *gf, const struct rq_oti *oti, uint32_t K,
           const struct rq_packet *repair, size_t count, const uint8_t *block,
           struct error *err)
{
    uint32_t *esi = xcalloc(count, sizeof *esi);
    uint8_t *symbols = xcalloc(count, oti->T);
    bool ok;

    for (size_t i = 0; i < count; i++)
        esi[i] = repair[i].esi;
    ok = rq_object_encode(gf, oti, K, block, (struct rq_esis){esi, count}, symbols, err);
    for (size_t i = 0; ok && i < count; i++)
        if (memcmp(symbols + i * oti->T, repair[i].symbol, oti->T) != 0)
            ok = error_set(err, ERR_CHECKSUM,
                           "the packets contradict each other (one of them is damaged)");
    free(esi);
    free(symbols);
    return ok;
}

bool
rq_object_decode(const struct gf256 *gf, const struct rq_oti *oti, uint32_t K,
                 const struct rq_packet *packets, size_t count, uint8_t *block,
                 struct error *err)
{
    struct decoding d = {.gf = gf, .oti = oti, .packets = packets, .count = count};
    size_t sources, repairs;
    bool ok = rq_params_init(&d.params, K, err);

    if (!ok || count < K)
        return ok && error_set(err, ERR_MISMATCH, "%zu symbols received of the %u needed",
                               count, K);
    d.lost = xcalloc(K, sizeof *d.lost);
    d.lost_count = place_source(oti, K, packets, count, block, d.lost);
    sources = K - d.lost_count;
    repairs = count - sources;
    if (d.lost_count > 0)
        ok = recover(&d, block, err);
    if (ok && repairs > d.lost_count)
        ok = consistent(gf, oti, K, packets + sources, repairs, block, err);
    free(d.lost);
    return ok;
}
