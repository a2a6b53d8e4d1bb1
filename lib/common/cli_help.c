#include "cli_table.h"

#include <string.h>

static int
widest_command(const struct cli_tool *tool)
{
    size_t widest = 0;

    for (const struct cli_command *const *c = tool->commands; *c; c++)
        if (strlen((*c)->name) > widest)
            widest = strlen((*c)->name);
    return (int)widest;
}

void
cli_help_tool(const struct cli_tool *tool, FILE *stream)
{
    int width = widest_command(tool);

    (void)fprintf(stream, "%s: %s\n\nusage: %s COMMAND [OPTION...] [OPERAND...]\n\n",
                  tool->name, tool->summary, tool->name);
    for (const struct cli_command *const *c = tool->commands; *c; c++)
        (void)fprintf(stream, "  %-*s  %s\n", width, (*c)->name, (*c)->summary);
    if (tool->examples)
        (void)fprintf(stream, "\n%s", tool->examples);
    (void)fprintf(
        stream,
        "\n%s COMMAND --help shows its options; exit status: 0 holds, 1 does not, "
        "2 usage,\n3 bad input, 4 environment, 5 a bug of ours.\n",
        tool->name);
}

/* "-o, --output FILE" */
static int
option_text(const struct cli_option *o, char *out, size_t size)
{
    char letter[8] = "";

    if (o->letter)
        (void)snprintf(letter, sizeof letter, "-%c, ", o->letter);
    return snprintf(out, size, "%s--%s%s%s", letter, o->name, o->metavar ? " " : "",
                    o->metavar ? o->metavar : "");
}

void
cli_help_command(const struct cli_tool *tool, const struct cli_command *command,
                 FILE *stream)
{
    struct cli_option_ref refs[CLI_OPTIONS_MAX];
    size_t count = cli_options(command, refs);
    char text[96];
    int width = 0;

    for (size_t i = 0; i < count; i++) {
        int n = option_text(refs[i].option, text, sizeof text);

        if (n > width)
            width = n;
    }
    (void)fprintf(stream, "usage: %s %s [OPTION...]%s%s\n%s\n", tool->name, command->name,
                  command->operands ? " " : "",
                  command->operands ? command->operands : "", command->summary);
    if (command->details)
        (void)fprintf(stream, "%s", command->details);
    (void)fputc('\n', stream);
    for (size_t i = 0; i < count; i++) {
        (void)option_text(refs[i].option, text, sizeof text);
        (void)fprintf(stream, "  %-*s  %s\n", width, text, refs[i].option->help);
    }
    if (command->examples)
        (void)fprintf(stream, "\n%s", command->examples);
}
