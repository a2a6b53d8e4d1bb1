/*
 * Random: each block keeps K plus the spare symbols, chosen by a seeded shuffle of all
 * it has, at least one source symbol being dropped.  Burst: one run of the file's
 * symbols as long as the redundancy less two.  Source: every source symbol; what
 * the sidecar lacks for that is encoded from the file first.
 */
#include "drill.h"

#include "columns.h"
#include "common/json_out.h"
#include "common/mem.h"
#include "files/mapping.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *const drill_scenarios[] = {"random", "burst", "source", NULL};

struct drilling {
    struct checkup *c;
    const struct drill_options *options;
    struct layout layout;   /* R may be more than the sidecar has */
    struct scratch more;    /* repair symbols beyond the sidecar's */
    const uint8_t **repair; /* owned; where they all lie; NULL: dropped */
    uint64_t random;        /* state */
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
encode_more(struct drilling *d, struct error *err)
{
    struct layout *l = &d->layout;
    uint64_t have = layout_repair_symbols(l);
    struct columns_job job = {.first = l->R,
                              .count = l->K + l->spare - l->R,
                              .repair = &d->more,
                              .threads = (unsigned)d->options->threads};
    struct columns columns;
    bool ok =
        scratch_alloc(&d->more, job.count * layout_row(l), d->options->memory / 8, err);

    if (!ok)
        return false;
    l->R = l->K + l->spare;
    columns_init(&columns, l, &d->c->source, d->options->memory);
    columns.loaded = 0; /* no scan filled it */
    ok = columns_encode(&columns, &d->c->source, &job, err);
    columns_clear(&columns);
    d->repair = xrealloc(d->repair, layout_repair_symbols(l) + 1, sizeof *d->repair);
    for (uint64_t i = have; i < layout_repair_symbols(l); i++)
        d->repair[i] = d->more.data + (i - have) * l->T;
    return ok;
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
        received += !dropped[e];
        if (!dropped[e])
            continue;
        report->dropped++;
        report->recovered += e < l->K;
        if (e < l->K)
            d->c->at[(uint64_t)e * l->Z + block] = SYMBOL_LOST;
        else
            d->repair[(uint64_t)(e - l->K) * l->Z + block] = NULL;
        mapping_strided(l->Z * sizeof *d->c->at);
    }
    list_esis(&b->dropped, dropped, n, true);
    list_esis(&b->received, dropped, n, false);
    b->overhead = (int64_t)received - l->K;
    free(dropped);
}

/* Decode; the digest of the file as it would be after the loss. */
static bool
recover(struct drilling *d, struct drill_report *report, struct error *err)
{
    struct recovery r = {.layout = d->layout,
                         .source = &d->c->source,
                         .at = d->c->at,
                         .repair = d->repair,
                         .memory = d->options->memory,
                         .threads = (unsigned)d->options->threads};
    uint64_t F = d->layout.F;
    struct source_hasher *hasher = source_hasher_new(F);
    uint8_t *chunk = xcalloc(1, SOURCE_CHUNK);
    bool ok = recovery_run(&r, err);

    for (uint64_t at = 0; ok && at < F; at += SOURCE_CHUNK) {
        size_t n = F - at < SOURCE_CHUNK ? (size_t)(F - at) : SOURCE_CHUNK;

        recovery_read(&r, at, chunk, n);
        source_hasher_update(hasher, chunk, n);
    }
    source_hasher_final(hasher, &report->after);
    source_hasher_free(hasher);
    free(chunk);
    recovery_clear(&r);
    return ok;
}

static void hash_proof(struct drill_report *report);

bool
drill(struct checkup *c, const struct drill_options *options, struct drill_report *report,
      struct error *err)
{
    struct drilling d = {.c = c,
                         .options = options,
                         .layout = c->sidecar.head.layout,
                         .random = options->seed};
    uint64_t repairs = layout_repair_symbols(&d.layout);
    bool ok = true;

    *report = (struct drill_report){.head = &c->sidecar.head,
                                    .scenario = (enum drill_scenario)options->scenario,
                                    .seed = options->seed};
    if (!c->intact || !c->sidecar.whole)
        return error_set(err, ERR_MISMATCH,
                         "file or sidecar is damaged (repair it before a drill)");
    if (d.layout.F == 0)
        return error_set(err, ERR_UNSUPPORTED, "an empty file has nothing to lose");
    report->block = xcalloc(d.layout.Z, sizeof *report->block);
    d.repair = xcalloc(repairs + 1, sizeof *d.repair);
    memcpy(d.repair, c->sidecar.repair, repairs * sizeof *d.repair);
    if (options->scenario == DRILL_SOURCE && d.layout.R < d.layout.K + d.layout.spare)
        ok = encode_more(&d, err);
    for (uint32_t b = 0; ok && b < d.layout.Z; b++)
        lose(&d, b, report);
    ok = ok && recover(&d, report, err);
    if (ok && !source_digest_equal(&report->after, &c->sidecar.head.digest))
        ok = error_set(err, ERR_MISMATCH, "the recovered octets differ from the source");
    if (ok)
        hash_proof(report);
    scratch_free(&d.more);
    free(d.repair);
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
