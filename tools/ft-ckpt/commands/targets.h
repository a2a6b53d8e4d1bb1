/*
 * targets.h: what the commands share: operands that may be folders, and texts for
 * people.
 */
#ifndef CKPT_COMMANDS_TARGETS_H
#define CKPT_COMMANDS_TARGETS_H

#include "common/cli.h"
#include "model/checkpoint.h"

typedef bool target_visit(struct cli *cli, const char *path, void *context,
                          struct error *err);

/*
 * Visit each operand; a folder without .metadata stands for the checkpoints in it and
 * in its folders, in byte order of their names.  A file that fails does not keep the
 * others from their turn.  Returns a command's exit status.
 */
int targets_each(struct cli *cli, target_visit *visit, void *context, struct error *err);

/* The option --dtype, kept in member dtype of a command's options. */
#define TARGETS_DTYPE(options)                                                           \
    {                                                                                    \
        "dtype", 't', CLI_TEXT, offsetof(options, dtype), "TYPE",                        \
            "read a raw storage of this type", NULL, 0, 0                                \
    }

/* A name made printable. */
const char *targets_name(const char *name, size_t size, char *out, size_t out_size);

/* Append "[2, 3]". */
void targets_shape(const struct tensor *t, struct buf *out);

const char *targets_leaf_type(const struct value *v);
void targets_leaf_text(const struct value *v, struct buf *out);

/* One line each, for people. */
void targets_print_diagnostics(const struct diagnostics *d, FILE *out);

#endif
