#include "temporary.h"

#include "attr.h"
#include "mem.h"

#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * A slot is claimed by storing its path; the handler only reads the slots and calls
 * unlink(), which is safe there.  More than SLOTS named files are merely not removed.
 */
enum { SLOTS = 64 };
static _Atomic(const char *) slots[SLOTS];
static pid_t owner; /* a child that exits leaves them to it */

static const int fatal[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};

/*
 * Between the making of a file and its entry in a slot, or its removal, the process must
 * not end: the thread at it holds fatal signals off and is counted, whoever ends the
 * process waits until there is none, and from then on nobody begins.
 */
static atomic_int makers;
static atomic_bool ending;

static void
remove_all(void)
{
    if (getpid() != owner)
        return;
    atomic_store(&ending, true);
    while (atomic_load(&makers) > 0)
        (void)poll(NULL, 0, 1);
    for (int i = 0; i < SLOTS; i++) {
        const char *path = atomic_load(&slots[i]);

        if (path)
            (void)unlink(path);
    }
}

static void
die_cleanly(int number)
{
    remove_all();
    (void)signal(number, SIG_DFL);
    (void)raise(number);
}

static void
watch_ends(void)
{
    static atomic_flag done = ATOMIC_FLAG_INIT;
    struct sigaction action = {.sa_handler = die_cleanly};

    if (atomic_flag_test_and_set(&done))
        return;
    owner = getpid();
    (void)atexit(remove_all);
    (void)signal(SIGXFSZ, SIG_IGN); /* a file size limit: write() says so */
    for (size_t i = 0; i < COUNT_OF(fatal); i++) {
        struct sigaction old;

        if (sigaction(fatal[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
            (void)sigaction(fatal[i], &action, NULL);
    }
}

static void
begin_making(sigset_t *before)
{
    sigset_t held;

    watch_ends();
    (void)sigemptyset(&held);
    for (size_t i = 0; i < COUNT_OF(fatal); i++)
        (void)sigaddset(&held, fatal[i]);
    (void)pthread_sigmask(SIG_BLOCK, &held, before);
    (void)atomic_fetch_add(&makers, 1);
    if (getpid() == owner && atomic_load(&ending)) {
        (void)atomic_fetch_sub(&makers, 1);
        for (;;)
            (void)pause(); /* another thread is ending the process */
    }
}

static void
end_making(const sigset_t *before)
{
    (void)atomic_fetch_sub(&makers, 1);
    (void)pthread_sigmask(SIG_SETMASK, before, NULL);
}

static void
enter(const char *path)
{
    for (int i = 0; i < SLOTS; i++) {
        const char *expected = NULL;

        if (atomic_compare_exchange_strong(&slots[i], &expected, path))
            return;
    }
}

int
temporary_named(char *path)
{
    sigset_t before;
    int fd;

    begin_making(&before);
    fd = mkstemp(path);
    if (fd >= 0)
        enter(path);
    end_making(&before);
    return fd;
}

void
temporary_forget(const char *path)
{
    for (int i = 0; i < SLOTS; i++) {
        const char *expected = path;

        if (atomic_compare_exchange_strong(&slots[i], &expected, NULL))
            return;
    }
}

int
temporary_unnamed(const char *tool, const char *folder, struct error *err)
{
    const char *wanted = getenv("TMPDIR");
    char *path = xasprintf("%s/%s.XXXXXX", wanted && *wanted ? wanted : folder, tool);
    sigset_t before;
    int fd;

    begin_making(&before);
    fd = mkstemp(path);
    if (fd >= 0)
        (void)unlink(path);
    end_making(&before);
    if (fd < 0) {
        (void)error_errno(err, "cannot make a temporary file");
        (void)error_in(err, path);
    }
    free(path);
    return fd;
}
