#include "commands/commands.h"
#include "commands/judging.h"
#include "layouts/packet_run.h"

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
              struct error *err)
{
    size_t count = cli->operand_count;
    const struct packet_options packet = {
        .profile = (enum packet_profile)o->profile,
        .signature_key = o->signature_key,
        .replacing_result =
            count == 1 && replaces_result(root, cli->operands[0], o->output)};
    struct gate_result result = {
        .gate = "packet", .profile = profile_words[o->profile], .root = o->root};
    struct packet_run judged;
    int status;

    if (!packet_run(&judged, root, count ? cli->operands : NULL, count, &packet,
                    (unsigned)cli->threads, err))
        return CLI_ERROR;
    result.subjects = judged.judgements;
    result.count = judged.count;
    status = judging_finish(cli, &result, o->output, err);
    packet_run_clear(&judged);
    return status;
}

static int
run(struct cli *cli, const void *options, struct error *err)
{
    const struct options *o = options;
    struct evidence_root root;
    int status;

    if (!evidence_root_open(&root, o->root, err))
        return CLI_ERROR;
    status = judge_packets(cli, o, &root, err);
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
