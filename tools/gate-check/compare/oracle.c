#define _XOPEN_SOURCE 700 /* realpath() */
#include "compare/oracle.h"

#include "common/buf.h"
#include "common/mem.h"
#include "evidence/process.h"

#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 32, ANSWER_MAX = 1 << 30 };

/* The script that asks the original these fixtures were recorded from. */
static const char *
default_command(const struct fixture *fixtures, size_t count, struct error *err)
{
    for (size_t i = 1; i < count; i++)
        if (strcmp(fixtures[i].original, fixtures[0].original) != 0) {
            (void)error_set(err, ERR_USAGE,
                            "fixtures of two originals (compare them apart, or name "
                            "--oracle-command)");
            return NULL;
        }
    if (count > 0 && strcmp(fixtures[0].original, "pandas") == 0)
        return "scripts/oracle.sh run scripts/oracle/pandas_oracle.py";
    if (count > 0 && strcmp(fixtures[0].original, "torch") == 0)
        return "scripts/oracle.sh run scripts/oracle/torch_oracle.py";
    if (count > 0 && strcmp(fixtures[0].original, "onnxruntime") == 0)
        return "scripts/oracle.sh run scripts/oracle/onnx_oracle.py";
    (void)error_set(err, ERR_ORACLE_UNAVAILABLE,
                    "the fixtures name no original (name --oracle-command)");
    return NULL;
}

/* The command's words, "answer" and the absolute paths of the fixtures. */
static char **
build_arguments(char *command, const struct fixture *fixtures, size_t count,
                struct error *err)
{
    char **argv = xcalloc(WORDS_MAX + count + 2, sizeof *argv);
    size_t n = 0;
    char *rest = NULL;

    for (char *word = strtok_r(command, " \t", &rest); word;
         word = strtok_r(NULL, " \t", &rest)) {
        if (n == WORDS_MAX) {
            (void)error_set(err, ERR_LIMIT, "the oracle command has over %d words",
                            WORDS_MAX);
            free(argv);
            return NULL;
        }
        argv[n++] = xstrdup(word);
    }
    argv[n++] = xstrdup("answer");
    for (size_t i = 0; i < count; i++) {
        char *path = realpath(fixtures[i].path, NULL);

        argv[n++] = path ? path : xstrdup(fixtures[i].path);
    }
    return argv;
}

static bool
run(char **argv, unsigned timeout_s, struct buf *out, struct error *err)
{
    const struct process p = {
        .argv = argv, .timeout_s = timeout_s, .output_max = ANSWER_MAX};
    struct error why = {0};
    int status;

    if (!process_run(&p, out, &status, &why))
        return error_set(err, ERR_ORACLE_UNAVAILABLE, "%s", why.message);
    if (status != 0)
        return error_set(err, ERR_ORACLE_UNAVAILABLE,
                         "it ended with status %d (see above)", status);
    return out->size > 0 || error_set(err, ERR_ORACLE_UNAVAILABLE, "it answered nothing");
}

static void
free_arguments(char **argv)
{
    for (size_t i = 0; argv && argv[i]; i++)
        free(argv[i]);
    free(argv);
}

bool
oracle_answer(const struct oracle *o, const struct fixture *fixtures, size_t count,
              struct results *out, struct error *err)
{
    const char *command = o->command ? o->command : getenv("LOCKSTEP_ORACLE_COMMAND");
    struct buf answers = {0};
    char *words, **argv;
    bool ok;

    if (!command || !command[0])
        command = default_command(fixtures, count, err);
    if (!command)
        return false;
    words = xstrdup(command);
    argv = build_arguments(words, fixtures, count, err);
    ok = argv && run(argv, o->timeout_s, &answers, err);
    if (!ok)
        (void)error_in(err, "oracle");
    ok =
        ok && results_parse(out, (const char *)answers.data, answers.size, "oracle", err);
    free_arguments(argv);
    free(words);
    buf_clear(&answers);
    return ok && results_sort(out, err);
}
