/*
 * The command line, parsed here rather than by getopt_long(): one table gives the
 * options, their help and their completion, abbreviations are not guessed, and an
 * unknown word is answered with the nearest known one.
 */
#include "cli.h"

#include "cli_table.h"
#include "cpu.h"
#include "file.h"
#include "mem.h"
#include "num.h"
#include "pool.h"

#include <inttypes.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

struct parser {
    const struct cli_tool *tool;
    struct cli cli;
    struct cli_option_ref refs[CLI_OPTIONS_MAX];
    size_t count;
    void *options;      /* owned: the command's struct */
    const char *output; /* --output, or NULL */
    bool want_help;
};

static const char *const mode_choices[] = {"strict", "hardened", NULL};
static const char *const run_choices[] = {"strict", "hardened", "both", NULL};

/* --output is kept by the parser: its offset is never used. */
static const struct cli_option option_json = {
    .name = "json",
    .type = CLI_FLAG,
    .offset = offsetof(struct cli, json),
    .help = "print for programs what the default prints for people"};
static const struct cli_option option_mode = {
    .name = "mode",
    .type = CLI_CHOICE,
    .offset = offsetof(struct cli, mode),
    .metavar = "MODE",
    .choices = mode_choices,
    .help = "strict (default) or hardened: recover inside written bounds"};
static const struct cli_option option_run_mode = {
    .name = "mode",
    .type = CLI_CHOICE,
    .offset = offsetof(struct cli, mode),
    .metavar = "MODE",
    .choices = run_choices,
    .help = "strict, hardened or both (default)"};
static const struct cli_option option_max_diagnostics = {
    .name = "max-diagnostics",
    .type = CLI_U64,
    .offset = offsetof(struct cli, max_diagnostics),
    .metavar = "N",
    .max = 1000000,
    .help = "recoveries before hardened mode refuses (default 64)"};
static const struct cli_option option_output = {
    .name = "output",
    .letter = 'o',
    .type = CLI_TEXT,
    .metavar = "FILE",
    .help = "write the result to FILE, whole or not at all"};
static const struct cli_option option_threads = {
    .name = "threads",
    .letter = 'j',
    .type = CLI_U64,
    .offset = offsetof(struct cli, threads),
    .metavar = "N",
    .min = 1,
    .max = 1024,
    .help = "threads to use (default: all CPUs); never changes the result"};
static const struct cli_option option_help = {
    .name = "help", .letter = 'h', .type = CLI_FLAG, .help = "show this text"};

size_t
cli_options(const struct cli_command *command,
            struct cli_option_ref out[static CLI_OPTIONS_MAX])
{
    const struct {
        unsigned when;
        const struct cli_option *option;
    } common[] = {
        {CLI_JSON, &option_json},     {CLI_MODE, &option_mode},
        {CLI_RUN, &option_run_mode},  {CLI_MODE | CLI_RUN, &option_max_diagnostics},
        {CLI_OUTPUT, &option_output}, {CLI_THREADS, &option_threads},
    };
    size_t n = 0;

    for (const struct cli_option *o = command->options; o && o->name; o++)
        out[n++] = (struct cli_option_ref){o, false};
    for (size_t i = 0; i < COUNT_OF(common); i++)
        if (command->common & common[i].when)
            out[n++] = (struct cli_option_ref){common[i].option, true};
    out[n++] = (struct cli_option_ref){&option_help, true};
    return n;
}

const struct cli_command *
cli_find_command(const struct cli_tool *tool, const char *name)
{
    for (const struct cli_command *const *c = tool->commands; *c; c++)
        if (strcmp((*c)->name, name) == 0)
            return *c;
    return NULL;
}

static bool
set_number(const struct cli_option *o, void *field, const char *value, struct error *err)
{
    uint64_t number;
    bool ok = o->type == CLI_SIZE ? num_parse_size(value, &number)
                                  : num_parse_u64(value, strlen(value), &number);

    if (!ok || number < o->min || (o->max && number > o->max)) {
        if (o->max)
            return error_set(err, ERR_USAGE, "--%s: '%s' is not in %" PRIu64 "..%" PRIu64,
                             o->name, value, o->min, o->max);
        return error_set(err, ERR_USAGE, "--%s: '%s' is not a %s", o->name, value,
                         o->type == CLI_SIZE ? "size such as 64M" : "whole number");
    }
    memcpy(field, &number, sizeof number);
    return true;
}

static bool
set_choice(const struct cli_option *o, void *field, const char *value, struct error *err)
{
    char known[256] = "";
    size_t used = 0;

    for (int i = 0; o->choices[i]; i++) {
        if (strcmp(value, o->choices[i]) == 0) {
            memcpy(field, &i, sizeof i);
            return true;
        }
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "",
                                 o->choices[i]);
        if (used >= sizeof known)
            used = sizeof known - 1;
    }
    return error_set(err, ERR_USAGE, "--%s: '%s' is none of %s", o->name, value, known);
}

static void
append(struct cli_list *list, const char *value)
{
    list->items = xrealloc(list->items, list->count + 1, sizeof *list->items);
    list->items[list->count++] = value;
}

static bool
set_option(struct parser *p, const struct cli_option_ref *ref, const char *value,
           struct error *err)
{
    const struct cli_option *o = ref->option;
    char *base = ref->common ? (char *)&p->cli : p->options;
    void *field = base + o->offset;

    if (o == &option_help) {
        p->want_help = true;
        return true;
    }
    if (o == &option_output) {
        p->output = value;
        return true;
    }
    switch (o->type) {
    case CLI_FLAG: *(bool *)field = true; return true;
    case CLI_TEXT: *(const char **)field = value; return true;
    case CLI_LIST: append(field, value); return true;
    case CLI_CHOICE: return set_choice(o, field, value, err);
    case CLI_U64:
    case CLI_SIZE: return set_number(o, field, value, err);
    case CLI_I64:
        return num_parse_i64(value, strlen(value), field) ||
               error_set(err, ERR_USAGE, "--%s: '%s' is not a whole number", o->name,
                         value);
    case CLI_F64:
        return num_parse_f64(value, strlen(value), field) ||
               error_set(err, ERR_USAGE, "--%s: '%s' is not a number", o->name, value);
    }
    return error_set(err, ERR_INTERNAL, "option --%s has no type", o->name);
}

static const struct cli_option_ref *
find_long(const struct parser *p, const char *name, size_t n)
{
    for (size_t i = 0; i < p->count; i++) {
        const char *known = p->refs[i].option->name;

        if (strlen(known) == n && memcmp(known, name, n) == 0)
            return &p->refs[i];
    }
    return NULL;
}

static const struct cli_option_ref *
find_letter(const struct parser *p, char letter)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->refs[i].option->letter == letter)
            return &p->refs[i];
    return NULL;
}

/* --name, --name=value or --name value; *next is the argument after this one. */
static bool
parse_long(struct parser *p, const char *text, char ***next, struct error *err)
{
    const char *equals = strchr(text, '=');
    size_t n = equals ? (size_t)(equals - text) : strlen(text);
    const struct cli_option_ref *ref = find_long(p, text, n);

    if (!ref) {
        char *name = xstrndup(text, n);
        bool ok = cli_unknown_option(p->tool, p->cli.command, name, err);

        free(name);
        return ok;
    }
    if (ref->option->type == CLI_FLAG)
        return equals
                   ? error_set(err, ERR_USAGE, "--%s takes no value", ref->option->name)
                   : set_option(p, ref, NULL, err);
    if (equals)
        return set_option(p, ref, equals + 1, err);
    if (!**next)
        return error_set(err, ERR_USAGE, "--%s needs a value", ref->option->name);
    return set_option(p, ref, *(*next)++, err);
}

/* -abc, -o value or -ovalue. */
static bool
parse_short(struct parser *p, const char *letters, char ***next, struct error *err)
{
    for (; *letters; letters++) {
        const struct cli_option_ref *ref = find_letter(p, *letters);

        if (!ref)
            return error_set(err, ERR_USAGE, "unknown option '-%c' (try %s %s --help)",
                             *letters, p->tool->name, p->cli.command->name);
        if (ref->option->type == CLI_FLAG) {
            if (!set_option(p, ref, NULL, err))
                return false;
            continue;
        }
        if (letters[1])
            return set_option(p, ref, letters + 1, err);
        if (!**next)
            return error_set(err, ERR_USAGE, "-%c needs a value", *letters);
        return set_option(p, ref, *(*next)++, err);
    }
    return true;
}

static bool
parse_arguments(struct parser *p, char **argv, struct error *err)
{
    const struct cli_command *command = p->cli.command;
    bool options_end = false;

    while (*argv) {
        char *text = *argv++;

        if (options_end || text[0] != '-' || text[1] == '\0') {
            p->cli.operands[p->cli.operand_count++] = text;
        } else if (strcmp(text, "--") == 0) {
            options_end = true;
        } else if (text[1] == '-') {
            if (!parse_long(p, text + 2, &argv, err))
                return false;
        } else if (!parse_short(p, text + 1, &argv, err)) {
            return false;
        }
    }
    if (p->want_help)
        return true;
    if (p->cli.operand_count < command->min_operands)
        return error_set(err, ERR_USAGE, "%s needs %s (try %s %s --help)", command->name,
                         command->operands ? command->operands : "operands",
                         p->tool->name, command->name);
    if (p->cli.operand_count > command->max_operands)
        return error_set(err, ERR_USAGE, "%s: unexpected operand '%s'", command->name,
                         p->cli.operands[command->max_operands]);
    return true;
}

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
run_command(struct parser *p, struct error *err)
{
    struct out_file out = {0};
    int status;

    p->cli.out = stdout;
    if (p->output) {
        if (!out_open(&out, p->output, err))
            return CLI_ERROR;
        p->cli.out = out.stream;
    }
    status = p->cli.command->run(&p->cli, p->options, err);
    if (p->output && status != CLI_ERROR && !out_commit(&out, err))
        status = CLI_ERROR;
    out_discard(&out);
    return status;
}

static void
free_lists(struct parser *p)
{
    for (size_t i = 0; p->options && i < p->count; i++) {
        const struct cli_option_ref *ref = &p->refs[i];

        if (!ref->common && ref->option->type == CLI_LIST) {
            struct cli_list *list = (void *)((char *)p->options + ref->option->offset);

            free(list->items);
        }
    }
}

static int
command_main(const struct cli_tool *tool, const struct cli_command *command, int argc,
             char **argv)
{
    struct parser p = {.tool = tool,
                       .cli = {.tool = tool,
                               .command = command,
                               .max_diagnostics = DIAGNOSTICS_DEFAULT_MAX,
                               .threads = pool_cpus()}};
    struct error err = {0};
    int status = CLI_ERROR;

    p.cli.mode = command->common & CLI_RUN ? MODE_BOTH : MODE_STRICT;
    p.cli.operands = xcalloc((size_t)argc + 1, sizeof *p.cli.operands);
    p.count = cli_options(command, p.refs);
    if (command->options_size) {
        p.options = xcalloc(1, command->options_size);
        if (command->defaults)
            memcpy(p.options, command->defaults, command->options_size);
    }
    if (parse_arguments(&p, argv, &err) && cpu_check_override(&err)) {
        if (p.want_help) {
            cli_help_command(tool, command, stdout);
            status = 0;
        } else {
            status = run_command(&p, &err);
        }
    }
    status = status == CLI_ERROR ? fail(tool, &err, p.cli.json) : finish(tool, status);
    free_lists(&p);
    free(p.options);
    free(p.cli.operands);
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
    return command_main(tool, command, argc - 2, argv + 2);
}
