#define _XOPEN_SOURCE 700 /* realpath() */
#include "compare/oracle.h"

#include "common/buf.h"
#include "common/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { WORDS_MAX = 32, ANSWER_MAX = 1 << 30, CHUNK = 1 << 16 };

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

static int64_t
now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Everything the child prints; false on time-out, over-long output or a read error. */
static bool
read_all(int fd, unsigned timeout_s, struct buf *out, struct error *err)
{
    int64_t deadline = now_ms() + (int64_t)timeout_s * 1000;

    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int64_t left = deadline - now_ms();
        ssize_t n;

        if (left <= 0)
            return error_set(err, ERR_ORACLE_UNAVAILABLE, "no answer in %u s", timeout_s);
        if (poll(&p, 1, left > INT_MAX ? INT_MAX : (int)left) <= 0)
            continue;
        if (out->size > ANSWER_MAX)
            return error_set(err, ERR_ORACLE_UNAVAILABLE, "more than 1 GiB of answers");
        n = read(fd, buf_reserve(out, CHUNK), CHUNK);
        if (n == 0)
            return true;
        if (n > 0)
            out->size += (size_t)n;
        else if (errno != EINTR)
            return error_set(err, ERR_ORACLE_UNAVAILABLE, "cannot read its answers: %s",
                             strerror(errno));
    }
}

/* Start argv in a process group of its own with standard output on *fd. */
static bool
start(char **argv, pid_t *child, int *fd, struct error *err)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int ends[2], failed;

    if (pipe(ends) != 0)
        return error_errno(err, "cannot make a pipe");
    (void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    (void)posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    (void)posix_spawn_file_actions_addclose(&actions, ends[1]);
    (void)posix_spawnattr_init(&attributes);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    failed = posix_spawnp(child, argv[0], &actions, &attributes, argv, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)posix_spawnattr_destroy(&attributes);
    (void)close(ends[1]);
    if (failed) {
        (void)close(ends[0]);
        return error_set(err, ERR_ORACLE_UNAVAILABLE, "cannot run it: %s",
                         strerror(failed));
    }
    *fd = ends[0];
    return true;
}

static bool
run(char **argv, unsigned timeout_s, struct buf *out, struct error *err)
{
    pid_t child;
    int fd, status = 0;
    bool ok;

    if (!start(argv, &child, &fd, err))
        return false;
    ok = read_all(fd, timeout_s, out, err);
    (void)close(fd);
    if (!ok)
        (void)kill(-child, SIGKILL);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (!ok)
        return false;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return error_set(
            err, ERR_ORACLE_UNAVAILABLE, "it ended with status %d (see above)",
            WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
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
