/*
 * temporary.h: files that vanish, however the process ends.
 *
 * An exit or a signal that ends the process (SIGINT, SIGTERM, SIGHUP, SIGPIPE) leaves
 * none of them, whichever thread is making one at that moment.  A child of fork() leaves
 * those of its parent alone.
 */
#ifndef COMMON_TEMPORARY_H
#define COMMON_TEMPORARY_H

#include "error.h"

/*
 * A new private file: path ends in XXXXXX, as for mkstemp(), and is borrowed until
 * temporary_forget().  A file descriptor, or -1 with errno.
 */
MUST_CHECK int temporary_named(char *path);

/* The file has a name of its own by now, or is removed. */
void temporary_forget(const char *path);

/*
 * A file without a name in $TMPDIR, or else in that folder: it is gone when it is closed.
 * A file descriptor, or -1 and *err.
 */
MUST_CHECK int temporary_unnamed(const char *tool, const char *folder, struct error *err);

#endif
