#include "codec/object.h"
#include "commands.h"
#include "common/digest.h"
#include "common/json_out.h"

#include <inttypes.h>

static const struct rq_derive defaults = {.Al = 8, .sub_size = 8};

static const struct cli_option options[] = {
    {.name = "transfer-length",
     .letter = 'f',
     .type = CLI_U64,
     .offset = offsetof(struct rq_derive, F),
     .metavar = "F",
     .help = "octets of the object"},
    {.name = "max-packet",
     .letter = 'p',
     .type = CLI_U64,
     .offset = offsetof(struct rq_derive, packet),
     .metavar = "P",
     .help = "octets of a packet's payload at most"},
    {.name = "memory",
     .letter = 'm',
     .type = CLI_U64,
     .offset = offsetof(struct rq_derive, memory),
     .metavar = "WS",
     .help = "octets a decoder keeps in memory at most"},
    {.name = "align",
     .type = CLI_U64,
     .offset = offsetof(struct rq_derive, Al),
     .metavar = "AL",
     .help = "symbol alignment (default 8)"},
    {.name = "sub-symbol",
     .type = CLI_U64,
     .offset = offsetof(struct rq_derive, sub_size),
     .metavar = "SS",
     .help = "least sub-symbol size, in units of the alignment (default 8)"},
    CLI_OPTION_END,
};

static void
print_partition(struct json_out *j, const char *const names[4], struct rq_partition p)
{
    json_u64(j, names[0], p.IL);
    json_u64(j, names[1], p.IS);
    json_u64(j, names[2], p.JL);
    json_u64(j, names[3], p.JS);
}

static void
print(struct cli *cli, const struct rq_derive *in, const struct rq_oti *oti)
{
    struct rq_partition blocks = rq_partition(rq_object_symbols(oti), oti->Z);
    struct rq_partition subs = rq_partition(oti->T / oti->Al, oti->N);
    char hex[DIGEST_HEX_SIZE] = "-";
    uint8_t packed[RQ_OTI_SIZE];
    struct error ignored;
    struct json_out j;

    if (rq_oti_check(oti, &ignored)) {
        rq_oti_pack(oti, packed);
        hex_encode(packed, sizeof packed, hex);
    }
    if (!cli->json) {
        (void)fprintf(cli->out,
                      "T %" PRIu32 "  Z %" PRIu32 "  N %" PRIu32 "  Kt %" PRIu64
                      "  OTI %s\n",
                      oti->T, oti->Z, oti->N, rq_object_symbols(oti), hex);
        return;
    }
    json_start(&j, cli->out, JSON_LINE);
    json_object(&j, NULL);
    json_string(&j, "schema", "lockstep-oti/1");
    json_u64(&j, "transfer_length", in->F);
    json_u64(&j, "max_packet_size", in->packet);
    json_u64(&j, "decoder_memory", in->memory);
    json_u64(&j, "Al", in->Al);
    json_u64(&j, "SS", in->sub_size);
    json_u64(&j, "T", oti->T);
    json_u64(&j, "Z", oti->Z);
    json_u64(&j, "N", oti->N);
    json_u64(&j, "Kt", rq_object_symbols(oti));
    print_partition(&j, (const char *const[]){"KL", "KS", "ZL", "ZS"}, blocks);
    print_partition(&j, (const char *const[]){"TL", "TS", "NL", "NS"}, subs);
    if (hex[0] == '-')
        json_null(&j, "oti_hex"); /* more blocks than its 8 bits can say */
    else
        json_string(&j, "oti_hex", hex);
    json_end(&j);
}

static int
run(struct cli *cli, const void *given, struct error *err)
{
    const struct rq_derive *in = given;
    struct rq_oti oti;

    if (in->F == 0 || in->packet == 0 || in->memory == 0) {
        (void)error_set(err, ERR_USAGE,
                        "--transfer-length, --max-packet and --memory are needed");
        return CLI_ERROR;
    }
    if (!rq_oti_derive(&oti, in, err))
        return CLI_ERROR;
    print(cli, in, &oti);
    return 0;
}

const struct cli_command oti_command = {
    .name = "oti",
    .summary = "derive T, Z and N as section 4.3 of RFC 6330 does",
    .details =
        "More than 256 blocks are reported, with no OTI, because it cannot say so.\n",
    .examples = "rq-encode oti -f 1000000 -p 1024 -m 10485760 --json\n",
    .options = options,
    .options_size = sizeof(struct rq_derive),
    .defaults = &defaults,
    .common = CLI_JSON,
    .run = run,
};
