/* Running a command: errors, exit status, the words every tool answers to. */
#include "cli.h"

#include "cli_table.h"
#include "cpu.h"
#include "file.h"
#include "pool.h"

#include <locale.h>
#include <string.h>

static void
print_error(const struct cli_tool *tool, const struct error *err, bool json)
{
    (void)fflush(stdout);
    (void)fprintf(stderr, "%s: ", tool->name);
    if (err->path[0])
        (void)fprintf(stderr, "%s:", err->path);
    if (err->at[0])
        (void)fprintf(stderr, "%s:", err->at);
    (void)fprintf(stderr, "%s%s\n", err->path[0] || err->at[0] ? " " : "", err->message);
    if (json) {
        struct json_out j;

        json_start(&j, stdout, JSON_PRETTY);
        json_object(&j, NULL);
        json_object(&j, "error");
        json_string(&j, "class", error_class_name(err->class));
        if (err->subclass[0])
            json_string(&j, "subclass", err->subclass);
        json_string(&j, "message", err->message);
        json_string(&j, "file", err->path);
        json_string(&j, "at", err->at);
        json_end(&j);
        json_end(&j);
    }
}

void
cli_report(const struct cli *cli, const struct error *err)
{
    print_error(cli->tool, err, cli->json);
}

static int
fail(const struct cli_tool *tool, const struct error *err, bool json)
{
    print_error(tool, err, json);
    (void)fflush(stdout);
    return error_status(err->class);
}

/* A lost write on stdout is an error like any other. */
static int
finish(const struct cli_tool *tool, int status)
{
    struct error err;

    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    (void)error_errno(&err, "cannot write to standard output");
    return fail(tool, &err, false);
}

static int
run_command(struct cli_parser *p, struct error *err)
{
    struct out_file out = {0};
    int status;

    p->cli.out = stdout;
    if (p->output) {
        if (!out_open(&out, p->output, err))
            return CLI_ERROR;
        p->cli.out = out.stream;
    }
    status = p->cli.command->run(&p->cli, p->links[0].options, err);
    if (p->output && status != CLI_ERROR && !out_commit(&out, err))
        status = CLI_ERROR;
    out_discard(&out);
    return status;
}

static int
command_main(const struct cli_tool *tool, const struct cli_command *command, char **argv)
{
    struct cli_parser p = {.tool = tool,
                           .cli = {.tool = tool,
                                   .command = command,
                                   .max_diagnostics = DIAGNOSTICS_DEFAULT_MAX,
                                   .threads = pool_cpus()}};
    struct error err = {0};
    int status = CLI_ERROR;

    p.cli.mode = command->common & CLI_RUN ? MODE_BOTH : MODE_STRICT;
    if (cli_parse(&p, command, argv, &err) && cpu_check_override(&err)) {
        if (p.want_help) {
            cli_help_command(tool, p.want_help, stdout);
            status = 0;
        } else {
            status = run_command(&p, &err);
        }
    }
    status = status == CLI_ERROR ? fail(tool, &err, p.cli.json) : finish(tool, status);
    cli_parser_clear(&p);
    return status;
}

/* What every tool answers besides its commands; false when it is none of these. */
static bool
builtin(const struct cli_tool *tool, int argc, char **argv, int *status)
{
    const char *word = argv[1];
    struct error err = {0};

    if (strcmp(word, "--version") == 0) {
        (void)printf("%s " LOCKSTEP_VERSION "\n", tool->name);
    } else if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 ||
               (strcmp(word, "help") == 0 && argc == 2)) {
        cli_help_tool(tool, stdout);
    } else if (strcmp(word, "help") == 0) {
        const struct cli_command *command = cli_find_command(tool, argv[2]);

        if (!command) {
            (void)cli_unknown_command(tool, argv[2], &err);
            *status = fail(tool, &err, false);
            return true;
        }
        cli_help_command(tool, command, stdout);
    } else if (strcmp(word, "completion") == 0) {
        if (!cli_completion(tool, (size_t)argc - 2, argv + 2, stdout, &err)) {
            *status = fail(tool, &err, false);
            return true;
        }
    } else {
        return false;
    }
    *status = finish(tool, 0);
    return true;
}

int
cli_main(const struct cli_tool *tool, int argc, char **argv)
{
    const struct cli_command *command;
    struct error err = {0};
    int status;

    /* UTF-8 names in archives need it; numbers keep the C locale. */
    (void)setlocale(LC_CTYPE, "C.UTF-8");
    if (argc < 2) {
        (void)error_set(&err, ERR_USAGE, "no command given (try %s --help)", tool->name);
        return fail(tool, &err, false);
    }
    if (builtin(tool, argc, argv, &status))
        return status;
    command = cli_find_command(tool, argv[1]);
    if (!command) {
        if (argv[1][0] == '-')
            (void)error_set(&err, ERR_USAGE,
                            "a command comes before options (try %s --help)", tool->name);
        else
            (void)cli_unknown_command(tool, argv[1], &err);
        return fail(tool, &err, false);
    }
    return command_main(tool, command, argv + 2);
}
