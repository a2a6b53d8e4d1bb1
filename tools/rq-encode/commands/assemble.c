#include "codec/packet_stream.h"
#include "commands.h"
#include "common/file.h"
#include "common/mem.h"

#include <stdlib.h>
#include <string.h>

/* Nothing is written before the whole object is there. */
static bool
assemble(FILE *out, const struct input *in, struct error *err)
{
    struct packet_stream stream;
    uint8_t *object = NULL;
    struct gf256 gf;
    bool ok = packet_stream_read(&stream, in->data, in->size, err);

    if (!ok)
        return false;
    gf256_init(&gf, NULL);
    /* An object much larger than its packets cannot be recovered: no memory for it. */
    if (rq_object_symbols(&stream.oti) > stream.count)
        ok = error_set(err, ERR_MISMATCH, "%zu symbols received of the %zu needed",
                       stream.count, (size_t)rq_object_symbols(&stream.oti));
    else
        object = xcalloc(rq_object_symbols(&stream.oti), stream.oti.T);
    for (uint32_t sbn = 0; ok && sbn < stream.oti.Z; sbn++)
        ok = packet_stream_decode(&stream, &gf, sbn,
                                  object + rq_object_block(&stream.oti, sbn).offset, err);
    if (ok)
        (void)fwrite(object, 1, stream.oti.F, out);
    free(object);
    packet_stream_clear(&stream);
    return ok;
}

static int
run(struct cli *cli, const void *given, struct error *err)
{
    const char *path = cli->operand_count > 0 ? cli->operands[0] : "-";
    struct input in;
    bool ok;

    (void)given;
    if (!input_open(&in, path, UINT64_C(1) << 40, err))
        return CLI_ERROR;
    ok = assemble(cli->out, &in, err) ||
         error_in(err, strcmp(path, "-") == 0 ? "<stdin>" : path);
    input_close(&in);
    return ok ? 0 : CLI_ERROR;
}

const struct cli_command assemble_command = {
    .name = "assemble",
    .operands = "[FILE]",
    .summary = "recover the object of a raw stream, lossy and in any order",
    .details =
        "Exit status 1 when the symbols do not suffice, 3 when they contradict each\n"
        "other.  A packet cut short at the end counts as lost.\n",
    .examples = "rq-encode packets file | rq-encode assemble -o copy\n",
    .common = CLI_OUTPUT,
    .min_operands = 0,
    .max_operands = 1,
    .run = run,
};
