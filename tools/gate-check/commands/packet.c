#include "layouts/packet.h"
#include "commands/commands.h"
#include "commands/judging.h"
#include "common/mem.h"
#include "common/pool.h"
#include "layouts/fixture_index.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct options {
    const char *root;
    int profile; /* enum packet_profile */
    const char *signature_key;
    const char *output;
};

static const struct options defaults = {.root = "."};
static const char *const profile_words[] = {"strict", "ft", "fp", NULL};

static const struct cli_option options_table[] = {
    {.name = "root",
     .type = CLI_TEXT,
     .offset = offsetof(struct options, root),
     .metavar = "DIR",
     .help = "the project that holds artifacts/phase2c (default: here)"},
    {.name = "profile",
     .type = CLI_CHOICE,
     .offset = offsetof(struct options, profile),
     .metavar = "WHICH",
     .choices = profile_words,
     .help = "strict: all is checked again (default); ft, fp: upstream's own verdict"},
    {.name = "require-signature",
     .type = CLI_TEXT,
     .offset = offsetof(struct options, signature_key),
     .metavar = "KEY",
     .help = "the stored result is signed by this minisign key and binds what is there"},
    {.name = "output",
     .letter = 'o',
     .type = CLI_TEXT,
     .offset = offsetof(struct options, output),
     .metavar = "FILE",
     .help = "also write the result, lockstep-gate-result/1"},
    CLI_OPTION_END};

struct job {
    const struct evidence_root *root;
    const struct packet_options *options;
    struct judgement *judgements; /* owned */
};

static void
judge_one(void *context, size_t i)
{
    const struct job *job = context;

    packet_judge(&job->judgements[i], job->root, job->options);
}

/* FrankenPandas keeps all fixtures in one folder; needed only where a report is. */
static bool
needs_fixtures(const struct evidence_root *root, char **ids, size_t count)
{
    char path[512];

    for (size_t i = 0; i < count; i++) {
        (void)snprintf(path, sizeof path, "artifacts/phase2c/%.200s/parity_report.json",
                       ids[i]);
        if (evidence_exists(root, path) &&
            packet_recognise(root, ids[i]) == LAYOUT_FRANKENPANDAS)
            return true;
    }
    return false;
}

/* Does -o replace the stored result of the one packet that is judged? */
static bool
replaces_result(const struct evidence_root *root, const char *id, const char *output)
{
    char path[4096];
    struct stat a, b;
    const char *slash = output ? strrchr(output, '/') : NULL;

    if (!output || strcmp(slash ? slash + 1 : output, "parity_gate_result.json") != 0)
        return false;
    (void)snprintf(path, sizeof path, "%s/artifacts/phase2c/%s/parity_gate_result.json",
                   root->real, id);
    return stat(path, &a) == 0 && stat(output, &b) == 0 && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}

static int
judge_packets(struct cli *cli, const struct options *o, const struct evidence_root *root,
              struct packet_list *found, struct error *err)
{
    char **ids = cli->operand_count ? cli->operands : found->ids;
    size_t count = cli->operand_count ? cli->operand_count : found->count;
    struct packet_options packet = {.profile = (enum packet_profile)o->profile,
                                    .signature_key = o->signature_key};
    struct job job = {.root = root, .options = &packet};
    struct gate_result result = {.gate = "packet", .profile = profile_words[o->profile]};
    struct fixture_index fixtures = {0};
    int status;

    if (packet.profile == PROFILE_STRICT && needs_fixtures(root, ids, count)) {
        fixture_index_build(&fixtures, root);
        packet.fixtures = &fixtures;
    }
    packet.replacing_result = count == 1 && replaces_result(root, ids[0], o->output);
    job.judgements = xcalloc(count + 1, sizeof *job.judgements);
    for (size_t i = 0; i < count; i++)
        judgement_init(&job.judgements[i], ids[i]);
    pool_run((unsigned)cli->threads, count, judge_one, &job);
    if (count == 0) {
        judgement_init(&job.judgements[count++], "artifacts/phase2c");
        (void)judge(&job.judgements[0], REASON_EVIDENCE_MISSING, "packet",
                    "artifacts/phase2c", "", "no packets: nothing is shown");
    }
    result.subjects = job.judgements;
    result.count = count;
    status = judging_finish(cli, &result, o->output, err);
    for (size_t i = 0; i < count; i++)
        judgement_clear(&job.judgements[i]);
    free(job.judgements);
    fixture_index_clear(&fixtures);
    return status;
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    const struct options *o = options;
    struct packet_list found = {0};
    struct evidence_root root;
    int status = CLI_ERROR;

    if (!evidence_root_open(&root, o->root, err))
        return CLI_ERROR;
    if (cli->operand_count > 0 || packet_find(&root, &found, err))
        status = judge_packets(cli, o, &root, &found, err);
    packet_list_clear(&found);
    evidence_root_close(&root);
    return status;
}

const struct cli_command command_packet = {
    .name = "packet",
    .operands = "[ID...]",
    .summary = "judge packet folders: every digest, count and proof again",
    .details =
        "The layout (ours, FrankenTorch's, FrankenPandas') is recognised; without ID "
        "all\n"
        "packets of the root are judged.  Exit 0 pass or warn, 1 fail, 3 cannot judge.\n",
    .examples = "  gate-check packet FP-P2C-005\n"
                "  gate-check packet --root ~/frankentorch --json\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .defaults = &defaults,
    .common = CLI_JSON | CLI_THREADS,
    .max_operands = SIZE_MAX,
    .run = run,
};
