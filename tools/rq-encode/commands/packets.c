#include "codec/object.h"
#include "commands.h"
#include "common/buf.h"
#include "common/bytes.h"
#include "common/file.h"
#include "common/mem.h"
#include "common/num.h"
#include "esi_list.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct options {
    uint64_t T, Z, N, Al;
    const char *esi;
    uint64_t from, count;
    const char *rate;
};

static const struct options defaults = {.T = 1280, .N = 1, .rate = "105%"};

static const struct cli_option options[] = {
    {.name = "symbol-size",
     .letter = 't',
     .type = CLI_U64,
     .offset = offsetof(struct options, T),
     .metavar = "T",
     .min = 1,
     .max = UINT16_MAX,
     .help = "octets of a symbol (default 1280)"},
    {.name = "blocks",
     .type = CLI_U64,
     .offset = offsetof(struct options, Z),
     .metavar = "Z",
     .min = 1,
     .max = 256,
     .help = "source blocks (default: as few as possible)"},
    {.name = "sub-blocks",
     .type = CLI_U64,
     .offset = offsetof(struct options, N),
     .metavar = "N",
     .min = 1,
     .max = UINT16_MAX,
     .help = "sub-blocks of each block (default 1)"},
    {.name = "align",
     .type = CLI_U64,
     .offset = offsetof(struct options, Al),
     .metavar = "AL",
     .min = 1,
     .max = UINT8_MAX,
     .help = "symbol alignment (default: 8, or less to divide T)"},
    {.name = "esi",
     .letter = 'e',
     .type = CLI_TEXT,
     .offset = offsetof(struct options, esi),
     .metavar = "LIST",
     .help = "symbols of each block, in this order, such as 0-9,101,65535"},
    {.name = "from-esi",
     .type = CLI_U64,
     .offset = offsetof(struct options, from),
     .metavar = "ESI",
     .max = RQ_ESI_MAX,
     .help = "without --esi: the first symbol of each block (default 0)"},
    {.name = "count",
     .letter = 'n',
     .type = CLI_U64,
     .offset = offsetof(struct options, count),
     .metavar = "N",
     .min = 1,
     .max = RQ_ESI_MAX + 1,
     .help = "without --esi: how many of each block"},
    {.name = "rate",
     .type = CLI_TEXT,
     .offset = offsetof(struct options, rate),
     .metavar = "N%",
     .help = "without --count: how many, as a share of K (default 105%)"},
    CLI_OPTION_END,
};

static bool
choose_oti(struct rq_oti *oti, const struct options *o, uint64_t F, struct error *err)
{
    uint64_t Kt = F / o->T + (F % o->T != 0);

    *oti = (struct rq_oti){.F = F,
                           .T = (uint32_t)o->T,
                           .Z = (uint32_t)o->Z,
                           .N = (uint32_t)o->N,
                           .Al = (uint32_t)o->Al};
    if (oti->Z == 0)
        oti->Z = (uint32_t)((Kt + RQ_K_MAX - 1) / RQ_K_MAX);
    for (uint32_t Al = 8; oti->Al == 0; Al /= 2)
        if (o->T % Al == 0)
            oti->Al = Al;
    return rq_oti_check(oti, err);
}

/* The ESIs of a block of K symbols. */
static bool
choose_esis(struct esi_list *list, const struct options *o, uint32_t K, struct error *err)
{
    uint64_t count = o->count;
    double percent = 0;
    size_t n = strlen(o->rate);

    if (o->esi)
        return esi_list_parse(list, o->esi, err);
    if (count == 0) {
        if (n < 2 || o->rate[n - 1] != '%' || !num_parse_f64(o->rate, n - 1, &percent) ||
            !(percent > 0 && percent < 1e6))
            return error_set(err, ERR_USAGE, "--rate '%s' is no percentage", o->rate);
        count = (uint64_t)(percent / 100 * K + 0.999999);
    }
    if (count > RQ_ESI_MAX + 1 - o->from)
        return error_set(err, ERR_USAGE,
                         "%" PRIu64 " symbols from ESI %" PRIu64 " on go beyond %d",
                         count, o->from, RQ_ESI_MAX);
    return esi_list_add(list, (uint32_t)o->from, (uint32_t)(o->from + count - 1), err);
}

/* One block's packets; `batch` symbols at a time bounds the memory. */
static bool
write_block(FILE *out, const struct gf256 *gf, const struct rq_oti *oti, uint32_t sbn,
            const struct input *in, const struct esi_list *list, struct error *err)
{
    struct rq_block block = rq_object_block(oti, sbn);
    uint64_t there = in->size - block.offset;
    uint8_t *padded = NULL, *symbols;
    const uint8_t *data = in->data + block.offset;
    bool ok = true;

    if (there < block.size) {
        padded = xcalloc(block.size, 1);
        data = memcpy(padded, data, there);
    }
    symbols = xcalloc(list->count + 1, oti->T);
    ok = rq_object_encode(gf, oti, block.K, data,
                          (struct rq_esis){list->esi, list->count}, symbols, err);
    for (size_t i = 0; ok && i < list->count; i++) {
        uint8_t id[4];

        put_be32(id, sbn << 24 | list->esi[i]);
        (void)fwrite(id, 1, sizeof id, out);
        (void)fwrite(symbols + i * oti->T, 1, oti->T, out);
    }
    free(symbols);
    free(padded);
    return ok;
}

static bool
write_packets(FILE *out, const struct input *in, const struct options *o,
              struct error *err)
{
    uint8_t packed[RQ_OTI_SIZE];
    struct rq_oti oti;
    struct gf256 gf;
    bool ok;

    if (in->size == 0)
        return error_set(err, ERR_UNSUPPORTED, "empty: RFC 6330 has no empty objects");
    if (!choose_oti(&oti, o, in->size, err))
        return false;
    gf256_init(&gf, NULL);
    rq_oti_pack(&oti, packed);
    ok = true;
    for (uint32_t sbn = 0; ok && sbn < oti.Z; sbn++) {
        struct esi_list list = {0};

        ok = choose_esis(&list, o, rq_object_block(&oti, sbn).K, err);
        if (ok && sbn == 0)
            (void)fwrite(packed, 1, sizeof packed, out);
        ok = ok && write_block(out, &gf, &oti, sbn, in, &list, err);
        esi_list_clear(&list);
    }
    return ok;
}

static int
run(struct cli *cli, const void *given, struct error *err)
{
    struct input in;
    bool ok = input_open(&in, cli->operands[0], UINT64_C(1) << 40, err);

    if (!ok)
        return CLI_ERROR;
    ok = write_packets(cli->out, &in, given, err) ||
         (err->class != ERR_USAGE && error_in(err, cli->operands[0]));
    input_close(&in);
    return ok ? 0 : CLI_ERROR;
}

const struct cli_command packets_command = {
    .name = "packets",
    .operands = "FILE",
    .summary = "write the raw RFC 6330 stream of FILE: OTI, then packets",
    .details =
        "12 octets of OTI, then for each block the packets asked for: a payload id\n"
        "(SBN, ESI) and a symbol.  Any K of a block and a few more recover it.\n",
    .examples = "rq-encode packets -o stream file\n"
                "rq-encode packets --symbol-size 64 --blocks 2 --esi 0-9,65535 file\n",
    .options = options,
    .options_size = sizeof(struct options),
    .defaults = &defaults,
    .common = CLI_OUTPUT,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
