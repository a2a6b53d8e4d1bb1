#include "commands.h"
#include "common/json_out.h"
#include "common/mem.h"
#include "common/term.h"
#include "container/sidecar.h"
#include "files/names.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void
print_json(struct cli *cli, const struct sidecar *s)
{
    const struct layout *l = &s->head.layout;
    uint8_t oti[RQ_OTI_SIZE];
    char hex[DIGEST_HEX_SIZE];
    struct json_out j;

    json_start(&j, cli->out, JSON_LINE);
    json_object(&j, NULL);
    json_string(&j, "schema", "lockstep-sidecar-info/1");
    json_string(&j, "artifact", s->head.name);
    json_bool(&j, "set", s->head.is_set);
    json_u64(&j, "size", l->F);
    if (layout_oti(l, oti)) {
        hex_encode(oti, sizeof oti, hex);
        json_string(&j, "oti", hex);
    } else {
        json_null(&j, "oti");
    }
    json_u64(&j, "T", l->T);
    json_u64(&j, "K", l->K);
    json_u64(&j, "Z", l->Z);
    json_u64(&j, "repair_per_block", l->R);
    json_u64(&j, "spare_per_block", l->spare);
    source_digest_write(&j, "digests", &s->head.digest);
    hex_encode(s->head.root, sizeof s->head.root, hex);
    json_string(&j, "symbol_digests_root", hex);
    hex_encode(s->head.set_id, sizeof s->head.set_id, hex);
    json_string(&j, "set_id", hex);
    json_u64(&j, "sidecar_size", s->in.size);
    json_bool(&j, "sidecar_intact", s->whole);
    json_u64(&j, "repair_symbols_left", s->repairs);
    json_end(&j);
}

static void
print_text(struct cli *cli, const struct sidecar *s)
{
    const struct layout *l = &s->head.layout;
    uint64_t promised = (uint64_t)l->Z * (l->R - l->spare);
    char hex[DIGEST_HEX_SIZE];

    hex_encode(s->head.digest.blake2b, sizeof s->head.digest.blake2b, hex);
    (void)fprintf(cli->out,
                  "%s %s: %" PRIu64 " octets, %s %s\n"
                  "%" PRIu64 " symbol%s of %" PRIu32 " octets in %" PRIu32
                  " block%s of %" PRIu32 "; %" PRIu32 " repair symbols a block, %" PRIu32
                  " of them spare\n",
                  s->head.is_set ? "set" : "file", s->head.name, l->F,
                  source_digest_key(&s->head.digest), hex, layout_source_symbols(l),
                  term_plural(layout_source_symbols(l)), l->T, l->Z, term_plural(l->Z),
                  l->K, l->R, l->spare);
    if (promised > 2)
        (void)fprintf(cli->out,
                      "survives a burst of %" PRIu64
                      " octets, or as many symbols lost at random less 15%%\n",
                      (promised - 2) * l->T);
    (void)fprintf(cli->out, "sidecar: %zu octets, %s, %" PRIu64 " repair symbols left\n",
                  s->in.size, s->whole ? "intact" : "damaged", s->repairs);
}

/* FILE or FILE.rq itself. */
static int
run(struct cli *cli, const void *given, struct error *err)
{
    (void)given;
    for (size_t i = 0; i < cli->operand_count; i++) {
        const char *name = cli->operands[i];
        size_t n = strlen(name);
        bool is_sidecar = n > 3 && strcmp(name + n - 3, ".rq") == 0;
        char *path = is_sidecar ? xstrdup(name) : sidecar_path(name);
        struct sidecar s;
        bool ok = sidecar_open(&s, path, SIDECAR_MEMORY, err);

        free(path);
        if (!ok)
            return CLI_ERROR;
        if (cli->json)
            print_json(cli, &s);
        else
            print_text(cli, &s);
        sidecar_close(&s);
    }
    return 0;
}

const struct cli_command info_command = {
    .name = "info",
    .operands = "FILE...",
    .summary = "show what a sidecar protects and what it can survive",
    .details = "FILE is a protected file or its sidecar; only the sidecar is read.\n",
    .examples = "rq-encode info model.bin\n",
    .common = CLI_JSON,
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .run = run,
};
