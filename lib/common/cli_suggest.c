/*
 * An unknown word is answered with the nearest known one: a typing slip costs one try.
 */
#include "cli_table.h"

#include <string.h>

/* Edit distance, for suggestions; words longer than the table never match. */
static size_t
distance(const char *a, const char *b)
{
    enum { MAX = 40 };
    size_t row[MAX + 1], n = strlen(b);

    if (n > MAX || strlen(a) > MAX)
        return SIZE_MAX;
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 0; a[i]; i++) {
        size_t diagonal = row[0];

        row[0] = i + 1;
        for (size_t j = 1; j <= n; j++) {
            size_t best = diagonal + (a[i] != b[j - 1]);

            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[n];
}

/* Keep the nearer of two candidates; two edits away at most. */
static void
nearer(const char *wanted, const char *candidate, const char **best, size_t *edits)
{
    size_t d = distance(wanted, candidate);

    if (d < *edits) {
        *edits = d;
        *best = candidate;
    }
}

bool
cli_unknown_command(const struct cli_tool *tool, const char *name, struct error *err)
{
    const char *best = NULL;
    size_t edits = 3;

    for (const struct cli_command *const *c = tool->commands; *c; c++)
        nearer(name, (*c)->name, &best, &edits);
    if (best)
        return error_set(err, ERR_USAGE, "unknown command '%s' (did you mean '%s'?)",
                         name, best);
    return error_set(err, ERR_USAGE, "unknown command '%s' (try %s --help)", name,
                     tool->name);
}

bool
cli_unknown_option(const struct cli_tool *tool, const struct cli_command *command,
                   const char *name, struct error *err)
{
    const char *best = NULL;
    struct cli_option_ref refs[CLI_OPTIONS_MAX];
    size_t count = cli_options(command, refs), edits = 3;

    for (size_t i = 0; i < count; i++)
        nearer(name, refs[i].option->name, &best, &edits);
    if (best)
        return error_set(err, ERR_USAGE, "unknown option '--%s' (did you mean '--%s'?)",
                         name, best);
    return error_set(err, ERR_USAGE, "unknown option '--%s' (try %s %s --help)", name,
                     tool->name, command->name);
}
