#include "evidence/process.h"

#include "common/timing.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { CHUNK = 1 << 16 };

static int64_t
now_ms(void)
{
    return (int64_t)(timing_ns() / 1000000);
}

/* Everything the child prints; false on time-out, too much output or a read error. */
static bool
read_all(int fd, const struct process *process, struct buf *out, struct error *err)
{
    int64_t deadline = now_ms() + (int64_t)process->timeout_s * 1000;

    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int64_t left = deadline - now_ms();
        ssize_t n;

        if (left <= 0)
            return error_set(err, ERR_IO, "no answer in %u s", process->timeout_s);
        if (poll(&p, 1, left > INT_MAX ? INT_MAX : (int)left) <= 0)
            continue;
        if (out->size > process->output_max)
            return error_set(err, ERR_IO, "more than %zu octets of output",
                             process->output_max);
        n = read(fd, buf_reserve(out, CHUNK), CHUNK);
        if (n == 0)
            return true;
        if (n > 0)
            out->size += (size_t)n;
        else if (errno != EINTR)
            return error_errno(err, "cannot read its output");
    }
}

/* Start it in a process group of its own, with standard output on *fd. */
static bool
start(const struct process *p, pid_t *child, int *fd, struct error *err)
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
    failed = posix_spawnp(child, p->argv[0], &actions, &attributes, p->argv,
                          p->environment ? p->environment : environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)posix_spawnattr_destroy(&attributes);
    (void)close(ends[1]);
    if (failed) {
        (void)close(ends[0]);
        return error_set(err, ERR_IO, "cannot run it: %s", strerror(failed));
    }
    *fd = ends[0];
    return true;
}

bool
process_run(const struct process *p, struct buf *out, int *status, struct error *err)
{
    pid_t child;
    int fd, wait = 0;
    bool ok;

    if (!start(p, &child, &fd, err))
        return false;
    ok = read_all(fd, p, out, err);
    (void)close(fd);
    if (!ok)
        (void)kill(-child, SIGKILL);
    while (waitpid(child, &wait, 0) < 0 && errno == EINTR)
        ;
    *status = WIFEXITED(wait) ? WEXITSTATUS(wait) : 128 + WTERMSIG(wait);
    return ok;
}
