#include "commands.h"
#include "common/json_out.h"
#include "common/mem.h"
#include "container/file_list.h"
#include "container/sidecar.h"
#include "files/names.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void
print(struct cli *cli, const char *path, uint64_t size,
      const struct source_digest *digest)
{
    char hex[DIGEST_HEX_SIZE];
    struct json_out j;

    hex_encode(digest->blake2b, sizeof digest->blake2b, hex);
    if (!cli->json) {
        (void)fprintf(cli->out, "%s %12" PRIu64 "  %s\n", hex, size, path);
        return;
    }
    json_start(&j, cli->out, JSON_LINE);
    json_object(&j, NULL);
    json_string(&j, "path", path);
    json_u64(&j, "size", size);
    source_digest_write(&j, "digests", digest);
    json_end(&j);
}

static bool
list(struct cli *cli, const struct head *head, struct error *err)
{
    struct file_list files;

    if (!head->is_set) {
        print(cli, head->name, head->layout.F, &head->digest);
        return true;
    }
    if (!file_list_unpack(&files, head->file_list, head->file_list_size, head->layout.F,
                          err))
        return false;
    for (size_t i = 0; i < files.count; i++)
        print(cli, files.file[i].path, files.file[i].size, &files.file[i].digest);
    file_list_clear(&files);
    return true;
}

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

        if (ok) {
            ok = list(cli, &s.head, err) || error_in(err, path);
            sidecar_close(&s);
        }
        free(path);
        if (!ok)
            return CLI_ERROR;
    }
    return 0;
}

const struct cli_command list_command = {
    .name = "list",
    .operands = "FILE...",
    .summary = "list the files a sidecar protects, with sizes and digests",
    .examples = "rq-encode list backup\n",
    .common = CLI_JSON,
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .run = run,
};
