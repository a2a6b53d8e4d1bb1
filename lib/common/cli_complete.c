/*
 * Static completion scripts: the words are known, so the shell need not run the tool.
 */
#include "cli_table.h"

#include <string.h>

static void
command_words(const struct cli_tool *tool, const char *separator, FILE *stream)
{
    for (const struct cli_command *const *c = tool->commands; *c; c++)
        (void)fprintf(stream, "%s%s", c == tool->commands ? "" : separator, (*c)->name);
}

static void
option_words(const struct cli_command *command, const char *separator, FILE *stream)
{
    struct cli_option_ref refs[CLI_OPTIONS_MAX];
    size_t count = cli_options(command, refs);

    for (size_t i = 0; i < count; i++)
        (void)fprintf(stream, "%s--%s", i ? separator : "", refs[i].option->name);
}

/* Shell functions may not be called ft-ckpt. */
static void
identifier(const char *name, FILE *stream)
{
    for (; *name; name++)
        (void)fputc(*name == '-' ? '_' : *name, stream);
}

static void
choice_cases(const struct cli_command *command, const char *indent, FILE *stream)
{
    struct cli_option_ref refs[CLI_OPTIONS_MAX];
    size_t count = cli_options(command, refs);

    for (size_t i = 0; i < count; i++) {
        const struct cli_option *o = refs[i].option;

        if (!o->choices)
            continue;
        (void)fprintf(stream, "%s%s:--%s) words='", indent, command->name, o->name);
        for (int k = 0; o->choices[k]; k++)
            (void)fprintf(stream, "%s%s", k ? " " : "", o->choices[k]);
        (void)fputs("' ;;\n", stream);
    }
}

static void
bash(const struct cli_tool *tool, FILE *stream)
{
    (void)fprintf(stream, "# bash completion for %s\n_", tool->name);
    identifier(tool->name, stream);
    (void)fputs("()\n{\n"
                "    local cur=${COMP_WORDS[COMP_CWORD]} "
                "prev=${COMP_WORDS[COMP_CWORD-1]} words=''\n"
                "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
                "        words='",
                stream);
    command_words(tool, " ", stream);
    (void)fputs(" help completion --help --version'\n"
                "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
                "        return\n"
                "    fi\n"
                "    case \"${COMP_WORDS[1]}:$prev\" in\n",
                stream);
    for (const struct cli_command *const *c = tool->commands; *c; c++)
        choice_cases(*c, "    ", stream);
    (void)fputs("    *) [[ $cur != -* ]] || case \"${COMP_WORDS[1]}\" in\n", stream);
    for (const struct cli_command *const *c = tool->commands; *c; c++) {
        (void)fprintf(stream, "        %s) words='", (*c)->name);
        option_words(*c, " ", stream);
        (void)fputs("' ;;\n", stream);
    }
    (void)fputs("        esac ;;\n    esac\n"
                "    if [ -n \"$words\" ]; then\n"
                "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
                "    else\n"
                "        mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
                "    fi\n}\ncomplete -o filenames -F _",
                stream);
    identifier(tool->name, stream);
    (void)fprintf(stream, " %s\n", tool->name);
}

/* A description inside _arguments' [...] may hold none of these. */
static void
zsh_text(const char *text, FILE *stream)
{
    for (; *text; text++) {
        if (*text == '\'')
            (void)fputs("'\\''", stream);
        else if (strchr("[]:\\", *text))
            (void)fprintf(stream, "\\%c", *text);
        else
            (void)fputc(*text, stream);
    }
}

static void
zsh_option(const struct cli_option *o, FILE *stream)
{
    (void)fprintf(stream, "                '*--%s%s[", o->name,
                  o->type == CLI_FLAG ? "" : "=");
    zsh_text(o->help, stream);
    (void)fputc(']', stream);
    if (o->choices) {
        (void)fprintf(stream, ":%s:(", o->name);
        for (int k = 0; o->choices[k]; k++)
            (void)fprintf(stream, "%s%s", k ? " " : "", o->choices[k]);
        (void)fputc(')', stream);
    } else if (o->type != CLI_FLAG) {
        (void)fprintf(stream, ":%s:%s", o->name,
                      strcmp(o->metavar, "FILE") == 0 ? "_files" : "");
    }
    (void)fputs("' \\\n", stream);
}

static void
zsh(const struct cli_tool *tool, FILE *stream)
{
    (void)fprintf(stream, "#compdef %s\n# zsh completion for %s\nlocal -a commands=(\n",
                  tool->name, tool->name);
    for (const struct cli_command *const *c = tool->commands; *c; c++) {
        (void)fprintf(stream, "    '%s:", (*c)->name);
        zsh_text((*c)->summary, stream);
        (void)fputs("'\n", stream);
    }
    (void)fputs(")\nif (( CURRENT == 2 )); then\n"
                "    _describe command commands\n"
                "else\n    local command=$words[2]\n    case $command in\n",
                stream);
    for (const struct cli_command *const *c = tool->commands; *c; c++) {
        struct cli_option_ref refs[CLI_OPTIONS_MAX];
        size_t count = cli_options(*c, refs);

        (void)fprintf(stream, "        %s)\n            _arguments \\\n", (*c)->name);
        for (size_t i = 0; i < count; i++)
            zsh_option(refs[i].option, stream);
        (void)fputs("                '*:file:_files' ;;\n", stream);
    }
    (void)fputs("    esac\nfi\n", stream);
}

/* words commands | words COMMAND: one a line, for scripts and tests. */
static bool
words(const struct cli_tool *tool, const char *what, FILE *stream, struct error *err)
{
    const struct cli_command *command = cli_find_command(tool, what);

    if (strcmp(what, "commands") == 0)
        command_words(tool, "\n", stream);
    else if (command)
        option_words(command, "\n", stream);
    else
        return error_set(err, ERR_USAGE, "completion words: no command '%s'", what);
    (void)fputc('\n', stream);
    return true;
}

bool
cli_completion(const struct cli_tool *tool, size_t argc, char **argv, FILE *stream,
               struct error *err)
{
    const char *shell = argc > 0 ? argv[0] : "";

    if (argc == 1 && strcmp(shell, "bash") == 0)
        bash(tool, stream);
    else if (argc == 1 && strcmp(shell, "zsh") == 0)
        zsh(tool, stream);
    else if (argc == 2 && strcmp(shell, "words") == 0)
        return words(tool, argv[1], stream, err);
    else
        return error_set(err, ERR_USAGE, "completion takes bash or zsh");
    return true;
}
