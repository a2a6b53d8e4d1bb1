#include "commands/commands.h"
#include "commands/judging.h"
#include "common/mem.h"
#include "evidence/file_watch.h"
#include "layouts/packet_run.h"

#include <stdlib.h>

enum { QUIET_MS = 150 };

struct options {
    int profile; /* enum packet_profile */
    uint64_t rounds;
    uint64_t timeout;
};

static const char *const profile_words[] = {"strict", "ft", "fp", NULL};

static const struct cli_option options_table[] = {
    {.name = "profile",
     .type = CLI_CHOICE,
     .offset = offsetof(struct options, profile),
     .metavar = "WHICH",
     .choices = profile_words,
     .help = "strict (default), ft or fp, as of packet"},
    {.name = "rounds",
     .type = CLI_U64,
     .offset = offsetof(struct options, rounds),
     .metavar = "N",
     .help = "end after N judgements with the last one's status (default: never)"},
    {.name = "timeout",
     .type = CLI_U64,
     .offset = offsetof(struct options, timeout),
     .metavar = "S",
     .help = "end when nothing changes for S seconds (default: never)",
     .max = 86400},
    CLI_OPTION_END};

static int
judge_once(const struct cli *cli, const struct options *o,
           const struct evidence_root *root, struct error *err)
{
    const struct packet_options packet = {.profile = (enum packet_profile)o->profile};
    struct gate_result result = {
        .gate = "packet", .profile = profile_words[o->profile], .root = root->path};
    struct packet_run judged;
    int status;

    if (!packet_run(&judged, root, NULL, 0, &packet, (unsigned)cli->threads, err))
        return CLI_ERROR;
    result.subjects = judged.judgements;
    result.count = judged.count;
    status = judging_finish(cli, &result, NULL, err);
    packet_run_clear(&judged);
    (void)fflush(stdout);
    return status;
}

/* Watches are made before each judgement, so that no change falls between the two. */
static int
watch(const struct cli *cli, const struct options *o, const struct evidence_root *root,
      struct error *err)
{
    char *artifacts = xasprintf("%s/artifacts/phase2c", root->real);
    char *tests = xasprintf("%s/tests/fixtures", root->real);
    char *crates = xasprintf("%s/crates", root->real);
    const char *const folders[] = {artifacts, tests, crates};
    int status = 0;

    for (uint64_t round = 1;; round++) {
        struct file_watch w;
        bool changed;

        if (!file_watch_open(&w, folders, COUNT_OF(folders), err)) {
            status = CLI_ERROR;
            break;
        }
        status = judge_once(cli, o, root, err);
        if (status == CLI_ERROR || (o->rounds && round >= o->rounds)) {
            file_watch_close(&w);
            break;
        }
        changed = file_watch_wait(&w, QUIET_MS, o->timeout ? (int)o->timeout * 1000 : -1);
        file_watch_close(&w);
        if (!changed)
            break;
        if (!cli->json)
            (void)fputc('\n', stdout);
    }
    free(artifacts);
    free(tests);
    free(crates);
    return status;
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    struct evidence_root root;
    int status;

    if (!evidence_root_open(&root, cli->operands[0], err))
        return CLI_ERROR;
    status = watch(cli, options, &root, err);
    evidence_root_close(&root);
    return status;
}

const struct cli_command command_watch = {
    .name = "watch",
    .operands = "ROOT",
    .summary = "judge the packets of a root again whenever a file changes",
    .details = "For people at work; end it with Ctrl-C.\n",
    .examples = "  gate-check watch .\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .common = CLI_JSON | CLI_THREADS,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
