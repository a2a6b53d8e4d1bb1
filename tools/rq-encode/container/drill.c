/*
 * Random: each block keeps K plus the spare symbols, chosen by a seeded shuffle of all
 * it has, at least one source symbol being dropped.  Burst: one run of the file's
 * symbols as long as the redundancy less two.  Source: every source symbol; what
 * the sidecar lacks for that is encoded from the file first.
 */
#include "drill.h"

#include "codec/plan.h"
#include "common/json_out.h"
#include "common/mem.h"
#include "recover.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *const drill_scenarios[] = {"random", "burst", "source", NULL};

struct drilling {
    const struct checkup *c;
    const struct drill_options *options;
    struct layout layout; /* R may be more than the sidecar has */
    struct recovery recovery;
    struct scratch extra; /* repair symbols beyond the sidecar's */
    uint8_t *last;        /* owned; the short last symbol, padded */
    uint64_t random;      /* state */
};

/* SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t
random_next(uint64_t *state)
{
    uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);

    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/* 0 .. n - 1; the bias of the remainder is below 2^-32 for the n used here. */
static uint32_t
random_below(uint64_t *state, uint32_t n)
{
    assert(n > 0);
    return (uint32_t)(random_next(state) % n);
}

/* Source symbols of a block that are in the file, not padding behind its end. */
static uint32_t
present(const struct layout *l, uint32_t block)
{
    uint64_t symbols = layout_source_symbols(l);

    return (uint32_t)((symbols - block + l->Z - 1) / l->Z);
}

static void
drop_random(struct drilling *d, uint32_t block, bool *dropped)
{
    const struct layout *l = &d->layout;
    uint32_t sources = present(l, block), n = sources + l->R, drop = l->R - l->spare;
    uint32_t *esi = xcalloc(n, sizeof *esi);

    for (uint32_t i = 0; i < n; i++)
        esi[i] = i < sources ? i : l->K + (i - sources);
    for (uint32_t i = 0; i < drop && i < n; i++) {
        uint32_t k = i + random_below(&d->random, (i == 0 ? sources : n) - i);
        uint32_t t = esi[i];

        esi[i] = esi[k];
        esi[k] = t;
        dropped[esi[i]] = true;
    }
    free(esi);
}

static void
drop_burst(struct drilling *d, uint32_t block, bool *dropped)
{
    const struct layout *l = &d->layout;
    uint64_t symbols = layout_source_symbols(l);
    uint64_t length = (uint64_t)l->Z * (l->R - l->spare), start;

    length = length > 3 ? length - 2 : 1;
    length = length < symbols ? length : symbols;
    d->random = d->options->seed; /* the same start for every block */
    start = random_next(&d->random) % (symbols - length + 1);
    for (uint32_t e = 0; e < present(l, block); e++) {
        uint64_t i = (uint64_t)e * l->Z + block;

        dropped[e] = i >= start && i - start < length;
    }
}

/* Repair symbols that the sidecar lacks for losing everything, from the file. */
static bool
encode_extra(struct drilling *d, struct error *err)
{
    struct layout *l = &d->layout;
    uint32_t have = l->R, want = l->K + l->spare;
    uint32_t *esi = xcalloc((size_t)l->K + want, sizeof *esi);
    const uint8_t **row = xcalloc(l->K, sizeof *row);
    uint8_t **out = xcalloc(want, sizeof *out);
    size_t width = layout_row(l);
    uint64_t whole = l->F / width;
    uint8_t *last = xcalloc(width, 1);
    struct rq_workspace workspace = {0};
    struct rq_plan *plan = NULL;
    struct rq_params params;
    struct gf256 gf;
    bool ok;

    gf256_init(&gf, NULL);
    for (uint32_t i = 0; i < l->K + want; i++)
        esi[i] = i;
    for (uint32_t i = 0; i < l->K && i < whole; i++)
        row[i] = d->c->source.map + i * width;
    if (whole < l->K && l->F % width > 0)
        row[whole] = memcpy(last, d->c->source.map + whole * width, l->F % width);
    ok = scratch_alloc(&d->extra, (uint64_t)(want - have) * width, d->options->memory,
                       err) &&
         rq_params_init(&params, l->K, err) &&
         rq_plan_new(&plan, &gf, &params, (struct rq_esis){esi, l->K},
                     (struct rq_esis){esi + l->K + have, want - have}, err);
    if (ok) {
        for (uint32_t i = 0; i < want - have; i++)
            out[i] = d->extra.data + i * width;
        rq_plan_run(plan, &workspace, row, out, width);
        l->R = want;
    }
    rq_workspace_clear(&workspace);
    rq_plan_free(plan);
    free(last);
    free(out);
    free(row);
    free(esi);
    return ok;
}

static const uint8_t *
symbol_of(const struct drilling *d, uint32_t block, uint32_t esi)
{
    const struct layout *l = &d->layout;
    uint64_t i = (uint64_t)esi * l->Z + block;
    uint32_t have = d->c->sidecar.head.layout.R;

    if (esi >= l->K + have)
        return d->extra.data + (uint64_t)(esi - l->K - have) * layout_row(l) +
               (uint64_t)block * l->T;
    if (esi >= l->K)
        return d->c->sidecar.repair[(uint64_t)(esi - l->K) * l->Z + block];
    if (i >= layout_source_symbols(l))
        return NULL;
    if (checkup_symbol_size(d->c, i) == l->T)
        return d->c->source.map + i * l->T;
    return memcpy(d->last, d->c->source.map + i * l->T, checkup_symbol_size(d->c, i));
}

/* "0-3,7,9-12" of the ESIs below n that are, or are not, dropped. */
static void
list_esis(struct buf *out, const bool *dropped, uint32_t n, bool which)
{
    for (uint32_t i = 0; i < n;) {
        uint32_t to = i;

        if (dropped[i] != which) {
            i++;
            continue;
        }
        while (to + 1 < n && dropped[to + 1] == which)
            to++;
        buf_printf(out, "%s%" PRIu32, out->size > 0 ? "," : "", i);
        if (to > i)
            buf_printf(out, "-%" PRIu32, to);
        i = to + 1;
    }
}

static void
lose(struct drilling *d, uint32_t block, struct drill_report *report)
{
    const struct layout *l = &d->layout;
    struct drill_block *b = &report->block[block];
    uint32_t n = l->K + l->R, received = 0;
    bool *dropped = xcalloc(n, sizeof *dropped);

    switch (d->options->scenario) {
    case DRILL_RANDOM: drop_random(d, block, dropped); break;
    case DRILL_BURST: drop_burst(d, block, dropped); break;
    default: memset(dropped, true, present(l, block) * sizeof *dropped); break;
    }
    for (uint32_t e = 0; e < n; e++) {
        if (!dropped[e]) {
            recovery_receive(&d->recovery, block, e, symbol_of(d, block, e));
            received++;
            continue;
        }
        report->dropped++;
        if (e < l->K) {
            recovery_lose(&d->recovery, block, e);
            report->recovered++;
        }
    }
    list_esis(&b->dropped, dropped, n, true);
    list_esis(&b->received, dropped, n, false);
    b->overhead = (int64_t)received - l->K;
    free(dropped);
}

/* The file as it would be after the loss, and its digest. */
static bool
digest_after(struct drilling *d, struct drill_report *report, struct error *err)
{
    const struct layout *l = &d->layout;
    uint64_t symbols = layout_source_symbols(l);
    uint32_t *taken = xcalloc(l->Z + 1, sizeof *taken);
    struct scratch after;
    bool ok = scratch_alloc(&after, l->F, d->options->memory, err);

    for (uint64_t i = 0; ok && i < symbols; i++) {
        uint32_t b = (uint32_t)(i % l->Z), e = (uint32_t)(i / l->Z);
        const struct recovery_block *block = &d->recovery.block[b];
        const uint8_t *from = d->c->source.map + i * l->T;

        if (taken[b] < block->lost_count && block->lost[taken[b]] == e)
            from = recovery_symbol(&d->recovery, b, taken[b]++);
        memcpy(after.data + i * l->T, from, checkup_symbol_size(d->c, i));
    }
    if (ok)
        source_digest_of(after.data, l->F, &report->after);
    scratch_free(&after);
    free(taken);
    return ok;
}

static void hash_proof(struct drill_report *report);

bool
drill(const struct checkup *c, const struct drill_options *options,
      struct drill_report *report, struct error *err)
{
    struct drilling d = {.c = c,
                         .options = options,
                         .layout = c->sidecar.head.layout,
                         .random = options->seed};
    bool ok = true;

    *report = (struct drill_report){.head = &c->sidecar.head,
                                    .scenario = (enum drill_scenario)options->scenario,
                                    .seed = options->seed};
    if (!c->intact || !c->sidecar.whole)
        return error_set(err, ERR_MISMATCH,
                         "file or sidecar is damaged (repair it before a drill)");
    if (d.layout.F == 0)
        return error_set(err, ERR_UNSUPPORTED, "an empty file has nothing to lose");
    d.last = xcalloc(d.layout.T, 1);
    report->block = xcalloc(d.layout.Z, sizeof *report->block);
    recovery_init(&d.recovery, &d.layout);
    if (options->scenario == DRILL_SOURCE && d.layout.R < d.layout.K + d.layout.spare)
        ok = encode_extra(&d, err);
    for (uint32_t b = 0; ok && b < d.layout.Z; b++)
        lose(&d, b, report);
    ok = ok &&
         recovery_run(&d.recovery, (unsigned)options->threads, options->memory, err) &&
         digest_after(&d, report, err);
    if (ok && !source_digest_equal(&report->after, &c->sidecar.head.digest))
        ok = error_set(err, ERR_MISMATCH, "the recovered octets differ from the source");
    if (ok)
        hash_proof(report);
    recovery_clear(&d.recovery);
    scratch_free(&d.extra);
    free(d.last);
    return ok;
}

void
drill_report_clear(struct drill_report *report)
{
    for (uint32_t b = 0; report->block && b < report->head->layout.Z; b++) {
        buf_clear(&report->block[b].dropped);
        buf_clear(&report->block[b].received);
    }
    free(report->block);
    *report = (struct drill_report){0};
}

/* ---- the proof ---- */

static void
oti_text(const struct layout *l, char out[static 2 * RQ_OTI_SIZE + 1])
{
    uint8_t oti[RQ_OTI_SIZE];

    if (layout_oti(l, oti))
        hex_encode(oti, sizeof oti, out);
    else
        memcpy(out, "-", 2);
}

static void
put_hex(struct buf *out, const char *before, const uint8_t *data, size_t size)
{
    char hex[DIGEST_HEX_SIZE];

    hex_encode(data, size, hex);
    buf_printf(out, "%s%s", before, hex);
}

static void
put_digest(struct buf *out, const char *label, const struct source_digest *d)
{
    buf_printf(out, "%s %s", label, source_digest_key(d));
    put_hex(out, " ", d->blake2b, sizeof d->blake2b);
    put_hex(out, " xxh3_128 ", d->xxh3, sizeof d->xxh3);
    buf_putc(out, '\n');
}

/* The text that the proof hash is of: docs/FORMATS.md. */
static void
hash_proof(struct drill_report *report)
{
    const struct head *head = report->head;
    const struct layout *l = &head->layout;
    char oti[2 * RQ_OTI_SIZE + 1];
    struct buf text = {0};

    oti_text(l, oti);
    buf_printf(&text, "%s\nartifact %s\nsize %" PRIu64 "\noti %s\n", PROOF_SCHEMA,
               head->name, l->F, oti);
    buf_printf(&text, "layout %" PRIu32 " %" PRIu32 " %" PRIu32 "\n", l->T, l->K, l->Z);
    put_hex(&text, "set_id ", head->set_id, sizeof head->set_id);
    put_hex(&text, "\nsymbol_digests_root ", head->root, sizeof head->root);
    buf_printf(&text, "\nscenario %s\nseed %" PRIu64 "\n",
               drill_scenarios[report->scenario], report->seed);
    put_digest(&text, "before", &head->digest);
    put_digest(&text, "after", &report->after);
    for (uint32_t b = 0; b < l->Z; b++) {
        struct drill_block *block = &report->block[b];

        buf_printf(
            &text, "block %" PRIu32 " dropped %s received %s overhead %" PRId64 "\n", b,
            block->dropped.size ? buf_string(&block->dropped) : "-",
            block->received.size ? buf_string(&block->received) : "-", block->overhead);
    }
    buf_printf(&text,
               "dropped_symbols %" PRIu64 "\nrecovered_symbols %" PRIu64
               "\ndecoded true\n",
               report->dropped, report->recovered);
    digest_hex(DIGEST_BLAKE2B, text.data, text.size, report->proof_hash);
    buf_clear(&text);
}

void
proof_write(struct json_out *j, const struct drill_report *report)
{
    const struct head *head = report->head;
    const struct layout *l = &head->layout;
    char hex[DIGEST_HEX_SIZE];

    json_object(j, NULL);
    json_string(j, "schema", PROOF_SCHEMA);
    json_string(j, "artifact", head->name);
    json_u64(j, "size", l->F);
    oti_text(l, hex);
    if (hex[0] == '-')
        json_null(j, "oti");
    else
        json_string(j, "oti", hex);
    json_object(j, "layout");
    json_u64(j, "T", l->T);
    json_u64(j, "K", l->K);
    json_u64(j, "Z", l->Z);
    json_end(j);
    hex_encode(head->set_id, sizeof head->set_id, hex);
    json_string(j, "set_id", hex);
    hex_encode(head->root, sizeof head->root, hex);
    json_string(j, "symbol_digests_root", hex);
    json_string(j, "scenario", drill_scenarios[report->scenario]);
    json_u64(j, "seed", report->seed);
    source_digest_write(j, "source_before", &head->digest);
    source_digest_write(j, "source_after", &report->after);
    json_array(j, "blocks");
    for (uint32_t b = 0; b < l->Z; b++) {
        const struct drill_block *block = &report->block[b];

        json_object(j, NULL);
        json_u64(j, "block", b);
        json_string_n(j, "dropped", (const char *)block->dropped.data,
                      block->dropped.size);
        json_string_n(j, "received", (const char *)block->received.data,
                      block->received.size);
        json_i64(j, "overhead", block->overhead);
        json_end(j);
    }
    json_end(j);
    json_u64(j, "dropped_symbols", report->dropped);
    json_u64(j, "recovered_symbols", report->recovered);
    json_bool(j, "decoded", true);
    json_string(j, "proof_hash", report->proof_hash);
    json_end(j);
}
