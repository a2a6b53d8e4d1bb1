/*
 * The command line, parsed here rather than by getopt_long(): one table gives the
 * options, their help and their completion, abbreviations are not guessed, and an
 * unknown word is answered with the nearest known one.
 */
#include "cli_table.h"

#include "mem.h"
#include "num.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

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
static const struct cli_option option_then = {
    .name = "then",
    .type = CLI_TEXT,
    .metavar = "COMMAND ...",
    .help = "hand the result to another command, in this process"};
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
        {CLI_CHAIN, &option_then},
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
set_option(struct cli_parser *p, const struct cli_option_ref *ref, const char *value,
           struct error *err)
{
    const struct cli_option *o = ref->option;
    char *base = ref->common ? (char *)&p->cli : p->link->options;
    void *field = base + o->offset;

    if (o == &option_help) {
        p->want_help = p->link->step.command;
        return true;
    }
    if (o == &option_then)
        return error_set(err, ERR_USAGE, "--then needs a command");
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
find_long(const struct cli_parser *p, const char *name, size_t n)
{
    for (size_t i = 0; i < p->link->count; i++) {
        const char *known = p->link->refs[i].option->name;

        if (strlen(known) == n && memcmp(known, name, n) == 0)
            return &p->link->refs[i];
    }
    return NULL;
}

static const struct cli_option_ref *
find_letter(const struct cli_parser *p, char letter)
{
    for (size_t i = 0; i < p->link->count; i++)
        if (p->link->refs[i].option->letter == letter)
            return &p->link->refs[i];
    return NULL;
}

/* --name, --name=value or --name value; *next is the argument after this one. */
static bool
parse_long(struct cli_parser *p, const char *text, char ***next, struct error *err)
{
    const char *equals = strchr(text, '=');
    size_t n = equals ? (size_t)(equals - text) : strlen(text);
    const struct cli_option_ref *ref = find_long(p, text, n);

    if (!ref) {
        char *name = xstrndup(text, n);
        bool ok = cli_unknown_option(p->tool, p->link->step.command, name, err);

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
parse_short(struct cli_parser *p, const char *letters, char ***next, struct error *err)
{
    for (; *letters; letters++) {
        const struct cli_option_ref *ref = find_letter(p, *letters);

        if (!ref)
            return error_set(err, ERR_USAGE, "unknown option '-%c' (try %s %s --help)",
                             *letters, p->tool->name, p->link->step.command->name);
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

/* In a chain the table of the step before stands in for the first file. */
static bool
check_operands(const struct cli_parser *p, struct error *err)
{
    const struct cli_step *step = &p->link->step;
    const struct cli_command *command = step->command;
    size_t given = p->link > p->links;

    if (!command)
        return true;
    if (step->operand_count + given < command->min_operands)
        return error_set(err, ERR_USAGE, "%s needs %s (try %s %s --help)", command->name,
                         command->operands ? command->operands : "operands",
                         p->tool->name, command->name);
    if (command->max_operands != SIZE_MAX &&
        step->operand_count + given > command->max_operands)
        return error_set(err, ERR_USAGE, "%s: unexpected operand '%s'", command->name,
                         step->operands[command->max_operands - given]);
    return true;
}

static bool
parse_arguments(struct cli_parser *p, char **argv, struct error *err)
{
    struct cli_step *step = &p->link->step;
    bool options_end = false;

    while (*argv) {
        char *text = *argv++;

        if (options_end || text[0] != '-' || text[1] == '\0') {
            step->operands[step->operand_count++] = text;
        } else if (strcmp(text, "--") == 0) {
            options_end = true;
        } else if (text[1] == '-') {
            if (!parse_long(p, text + 2, &argv, err))
                return false;
        } else if (!parse_short(p, text + 1, &argv, err)) {
            return false;
        }
    }
    return p->want_help || check_operands(p, err);
}

/* One command and its words, which end with NULL. */
static bool
parse_link(struct cli_parser *p, const struct cli_command *command, char **argv,
           struct error *err)
{
    struct cli_link *link = &p->links[p->count++];
    size_t words = 0;

    while (argv[words])
        words++;
    p->link = link;
    link->step.command = command;
    link->step.operands = xcalloc(words + 1, sizeof *link->step.operands);
    link->count = cli_options(command, link->refs);
    if (command->options_size) {
        link->options = xcalloc(1, command->options_size);
        link->step.options = link->options;
        if (command->defaults)
            memcpy(link->options, command->defaults, command->options_size);
    }
    return parse_arguments(p, argv, err);
}

/* Cut argv at the next --then; returns what follows it, or NULL. */
static char **
cut_chain(char **argv)
{
    for (; *argv; argv++)
        if (strcmp(*argv, "--then") == 0) {
            *argv = NULL;
            return argv + 1;
        }
    return NULL;
}

static bool
next_command(struct cli_parser *p, const char *name, const struct cli_command **out,
             struct error *err)
{
    if (!name)
        return error_set(err, ERR_USAGE, "--then needs a command");
    *out = cli_find_command(p->tool, name);
    if (!*out)
        return cli_unknown_command(p->tool, name, err);
    if (!((*out)->common & CLI_CHAIN))
        return error_set(err, ERR_USAGE, "%s cannot follow --then", name);
    if (p->count == CLI_CHAIN_MAX)
        return error_set(err, ERR_USAGE, "more than %d commands in a chain",
                         CLI_CHAIN_MAX);
    return true;
}

bool
cli_parse(struct cli_parser *p, const struct cli_command *command, char **argv,
          struct error *err)
{
    char **rest = command->common & CLI_CHAIN ? cut_chain(argv) : NULL;

    if (!parse_link(p, command, argv, err))
        return false;
    while (rest && !p->want_help) {
        char **words = rest;

        if (!next_command(p, *words, &command, err))
            return false;
        rest = cut_chain(words);
        if (!parse_link(p, command, words + 1, err))
            return false;
    }
    p->cli.operands = p->links[0].step.operands;
    p->cli.operand_count = p->links[0].step.operand_count;
    for (size_t i = 1; i < p->count; i++)
        p->then[i - 1] = p->links[i].step;
    p->cli.then = p->then;
    p->cli.then_count = p->count - 1;
    return true;
}

void
cli_parser_clear(struct cli_parser *p)
{
    for (size_t n = 0; n < p->count; n++) {
        struct cli_link *link = &p->links[n];

        for (size_t i = 0; link->options && i < link->count; i++) {
            const struct cli_option_ref *ref = &link->refs[i];

            if (!ref->common && ref->option->type == CLI_LIST) {
                struct cli_list *list =
                    (void *)((char *)link->options + ref->option->offset);

                free(list->items);
                list->items = NULL; /* two options may share a list */
            }
        }
        free(link->options);
        free(link->step.operands);
    }
}
