#include "commands/judging.h"

#include "common/file.h"
#include "common/mem.h"

#include <stdlib.h>
#include <string.h>

int
judging_finish(const struct cli *cli, const struct gate_result *r, const char *output,
               struct error *err)
{
    bool to_stdout = output && strcmp(output, "-") == 0;

    if (output) {
        char *text = NULL;
        size_t size = 0;
        FILE *stream = xmemstream(&text, &size);
        bool ok;

        result_write(r, stream);
        xmemclose(stream);
        ok = out_put(output, text, size, err);
        free(text);
        if (!ok)
            return CLI_ERROR;
    }
    if (cli->json && !to_stdout)
        result_write(r, stdout);
    else if (!to_stdout)
        result_print(r, stdout);
    return verdict_status(result_verdict(r));
}

int
judging_finish_one(const struct cli *cli, const char *gate, struct judgement *j,
                   const char *output, struct error *err)
{
    const struct gate_result r = {.gate = gate, .profile = "", .subjects = j, .count = 1};
    int status = judging_finish(cli, &r, output, err);

    judgement_clear(j);
    return status;
}
