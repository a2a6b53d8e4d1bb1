/*
 * file_watch.h: wait until something below a folder changes (inotify).
 */
#ifndef GATE_EVIDENCE_FILE_WATCH_H
#define GATE_EVIDENCE_FILE_WATCH_H

#include "common/error.h"

#include <stddef.h>

struct file_watch {
    int fd;
    size_t folders; /* watched */
};

/* Watch these folders and all below them; one that is absent is left out. */
MUST_CHECK bool file_watch_open(struct file_watch *w, const char *const *folders,
                                size_t count, struct error *err);
/*
 * Until a change, and then until quiet_ms pass without another; false when wait_ms
 * (-1: no limit) pass without any.
 */
bool file_watch_wait(const struct file_watch *w, int quiet_ms, int wait_ms);
void file_watch_close(struct file_watch *w);

#endif
