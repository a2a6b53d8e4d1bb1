#include "codec/trial.h"
#include "commands.h"
#include "common/json_out.h"
#include "common/num.h"
#include "common/term.h"
#include "container/placement.h"

#include <string.h>

struct options {
    uint64_t K, T;
    const char *repair, *loss;
    bool placement;
};

static const struct options defaults = {
    .K = 1000, .T = 1280, .repair = "5%", .loss = "5%"};

static const struct cli_option options[] = {
    {.name = "k",
     .letter = 'k',
     .type = CLI_U64,
     .offset = offsetof(struct options, K),
     .metavar = "K",
     .min = 1,
     .max = RQ_K_MAX,
     .help = "source symbols of a block (default 1000)"},
    {.name = "symbol-size",
     .letter = 't',
     .type = CLI_U64,
     .offset = offsetof(struct options, T),
     .metavar = "T",
     .min = 1,
     .max = UINT16_MAX,
     .help = "octets of a symbol (default 1280)"},
    {.name = "repair",
     .type = CLI_TEXT,
     .offset = offsetof(struct options, repair),
     .metavar = "N%",
     .help = "repair symbols encoded, as a share of K (default 5%)"},
    {.name = "loss",
     .type = CLI_TEXT,
     .offset = offsetof(struct options, loss),
     .metavar = "N%|all",
     .help = "source symbols lost before decoding (default 5%)"},
    {.name = "placement",
     .type = CLI_FLAG,
     .offset = offsetof(struct options, placement),
     .help = "instead: what the layouts of protect survive, by file size"},
    CLI_OPTION_END,
};

/* A share of K, at least one symbol. */
static bool
share_of(const char *text, uint32_t K, uint32_t *out, struct error *err)
{
    size_t n = strlen(text);
    double percent;

    if (strcmp(text, "all") == 0) {
        *out = K;
        return true;
    }
    if (n < 2 || text[n - 1] != '%' || !num_parse_f64(text, n - 1, &percent) ||
        !(percent > 0 && percent <= 1000))
        return error_set(err, ERR_USAGE, "'%s' is no percentage", text);
    *out = (uint32_t)(percent / 100 * K);
    *out = *out > 0 ? *out : 1;
    return true;
}

/* Source octets a second if every addition ran at the rate of the L2 cache. */
static double
bound(const struct trial *t, const struct trial_options *o)
{
    return t->add * o->K / (double)t->operations * o->threads;
}

/* The same of decoding, its plan included; by the encode plan it adds as encoding does.
 */
static double
decode_bound(const struct trial *t, const struct trial_options *o)
{
    double added = (double)t->decode_operations * o->T / t->add;

    if (t->decode_operations == 0)
        return bound(t, o);
    return (double)o->K * o->T / (added + t->decode_plan_seconds) * o->threads;
}

static void
print(struct cli *cli, const struct gf256 *gf, const struct trial_options *o,
      const struct trial *t)
{
    struct json_out j;

    if (!cli->json) {
        (void)fprintf(
            cli->out,
            "K %u  T %u  repair %u  loss %u  %s  threads %u\n"
            "encode, plan kept      %8.0f MB/s   %.0f%% of the L2 bound\n"
            "encode, plan each time %8.0f MB/s   plan %.3f ms\n"
            "decode                 %8.0f MB/s   %.0f%% of its bound; %s\n"
            "additions a symbol     %8.1f\n"
            "memcpy                 %8.0f MB/s   row additions in L2 %.0f MB/s\n",
            o->K, o->T, o->repairs, o->losses, gf->ops->name, o->threads, t->encode / 1e6,
            100 * t->encode / bound(t, o), t->encode_cold / 1e6, t->plan_seconds * 1e3,
            t->decode / 1e6, 100 * t->decode / decode_bound(t, o),
            t->decode_kept ? "by the encode plan" : "plan of its own, each time",
            (double)t->operations / o->K, t->copy / 1e6, t->add / 1e6);
        return;
    }
    json_start(&j, cli->out, JSON_LINE);
    json_object(&j, NULL);
    json_string(&j, "schema", "lockstep-rq-bench/1");
    json_u64(&j, "K", o->K);
    json_u64(&j, "T", o->T);
    json_u64(&j, "repair_symbols", o->repairs);
    json_u64(&j, "lost_symbols", o->losses);
    json_string(&j, "variant", gf->ops->name);
    json_u64(&j, "threads", o->threads);
    json_f64(&j, "encode_mb_s", t->encode / 1e6);
    json_f64(&j, "encode_cold_mb_s", t->encode_cold / 1e6);
    json_f64(&j, "decode_mb_s", t->decode / 1e6);
    json_bool(&j, "decode_by_encode_plan", t->decode_kept);
    json_f64(&j, "plan_ms", t->plan_seconds * 1e3);
    json_f64(&j, "operations_per_symbol", (double)t->operations / o->K);
    json_f64(&j, "memcpy_mb_s", t->copy / 1e6);
    json_f64(&j, "l2_add_mb_s", t->add / 1e6);
    json_f64(&j, "l2_bound_mb_s", bound(t, o) / 1e6);
    json_f64(&j, "decode_bound_mb_s", decode_bound(t, o) / 1e6);
    json_end(&j);
}

static void
print_placement(struct cli *cli, uint64_t size, const struct layout *l,
                const struct placement *p)
{
    char text[TERM_SIZE_TEXT];
    struct json_out j;

    if (!cli->json) {
        term_size(size, text);
        (void)fprintf(cli->out,
                      "%-10s T %5u  K %5u  Z %6u  R %5u  random %.1e  burst %.1e  "
                      "simulated %u of %u\n",
                      text, l->T, l->K, l->Z, l->R, p->random_failure, p->burst_failure,
                      p->failures, p->trials);
        return;
    }
    json_start(&j, cli->out, JSON_LINE);
    json_object(&j, NULL);
    json_u64(&j, "size", size);
    json_u64(&j, "T", l->T);
    json_u64(&j, "K", l->K);
    json_u64(&j, "Z", l->Z);
    json_u64(&j, "R", l->R);
    json_f64(&j, "random_failure_bound", p->random_failure);
    json_f64(&j, "burst_failure_bound", p->burst_failure);
    json_u64(&j, "simulated", p->trials);
    json_u64(&j, "failures", p->failures);
    json_end(&j);
}

/* File sizes from an octet to a tebioctet, 5 % redundancy. */
static bool
placement(struct cli *cli, const char *share, struct error *err)
{
    struct redundancy redundancy;

    if (!redundancy_parse(&redundancy, share, err))
        return false;
    for (unsigned bits = 0; bits <= 40; bits += 4) {
        struct placement p;
        struct layout l;

        if (!layout_choose(&l, UINT64_C(1) << bits, &redundancy, err))
            return false;
        placement_judge(&l, 1000, bits, &p);
        print_placement(cli, UINT64_C(1) << bits, &l, &p);
    }
    return true;
}

static int
run(struct cli *cli, const void *given, struct error *err)
{
    const struct options *o = given;
    struct trial_options trial = {.K = (uint32_t)o->K,
                                  .T = (uint32_t)o->T,
                                  .threads = (unsigned)cli->threads,
                                  .seconds = 0.4};
    struct trial result;
    struct gf256 gf;

    if (o->placement)
        return placement(cli, o->repair, err) ? 0 : CLI_ERROR;
    gf256_init(&gf, NULL);
    if (!share_of(o->repair, trial.K, &trial.repairs, err) ||
        !share_of(o->loss, trial.K, &trial.losses, err) ||
        !trial_run(&gf, &trial, &result, err))
        return CLI_ERROR;
    print(cli, &gf, &trial, &result);
    return 0;
}

const struct cli_command bench_command = {
    .name = "bench",
    .summary = "measure the codec in memory, to choose parameters",
    .details =
        "Octets of source a second of CPU time, medians; decoding includes its plan,\n"
        "unless so little is lost that the encode plan serves.  The L2 bound is what\n"
        "the additions alone would take in the second-level cache.\n",
    .examples = "rq-encode bench --k 10000 --symbol-size 1280 --threads 1 --json\n"
                "rq-encode bench --loss all\n",
    .options = options,
    .options_size = sizeof(struct options),
    .defaults = &defaults,
    .common = CLI_JSON | CLI_THREADS,
    .run = run,
};
