#define _XOPEN_SOURCE 700 /* lstat() */
#include "evidence/file_watch.h"

#include "common/mem.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH_MAX = 32 };

static const uint32_t changes = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM |
                                IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF;

static bool
add_folder(struct file_watch *w, const char *path, unsigned depth, struct error *err)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    bool ok = true;

    if (!dir)
        return errno == ENOENT || errno == ENOTDIR ||
               error_errno(err, "cannot watch %s", path);
    if (inotify_add_watch(w->fd, path, changes | IN_ONLYDIR) < 0)
        ok = error_errno(err, "cannot watch %s", path);
    w->folders++;
    while (ok && depth < DEPTH_MAX && (entry = readdir(dir))) {
        char *inner;
        struct stat st;

        if (entry->d_name[0] == '.')
            continue;
        inner = xasprintf("%s/%s", path, entry->d_name);
        if (lstat(inner, &st) == 0 && S_ISDIR(st.st_mode))
            ok = add_folder(w, inner, depth + 1, err);
        free(inner);
    }
    (void)closedir(dir);
    return ok;
}

bool
file_watch_open(struct file_watch *w, const char *const *folders, size_t count,
                struct error *err)
{
    *w = (struct file_watch){.fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK)};
    if (w->fd < 0)
        return error_errno(err, "cannot watch files");
    for (size_t i = 0; i < count; i++)
        if (!add_folder(w, folders[i], 0, err)) {
            file_watch_close(w);
            return false;
        }
    return true;
}

static void
drain(int fd)
{
    char buffer[4096];

    while (read(fd, buffer, sizeof buffer) > 0)
        ;
}

bool
file_watch_wait(const struct file_watch *w, int quiet_ms, int wait_ms)
{
    struct pollfd p = {.fd = w->fd, .events = POLLIN};

    if (poll(&p, 1, wait_ms) <= 0)
        return false;
    do
        drain(w->fd);
    while (poll(&p, 1, quiet_ms) > 0);
    return true;
}

void
file_watch_close(struct file_watch *w)
{
    if (w->fd >= 0)
        (void)close(w->fd);
    w->fd = -1;
}
