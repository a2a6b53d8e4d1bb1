/* Whenever a signal ends a process whose threads make temporary files, none is left. */
#include "common/temporary.h"
#include "test.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void *
make_files(void *unused)
{
    struct error err = {0};

    for (;;) {
        char path[] = "named.XXXXXX";
        int unnamed = temporary_unnamed("test", ".", &err);
        int named = temporary_named(path);

        (void)close(unnamed);
        (void)close(named);
        (void)unlink(path);
        temporary_forget(path);
    }
    return unused;
}

static void
check_signal(long nanoseconds)
{
    struct timespec pause = {.tv_nsec = nanoseconds};
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        pthread_t other;

        (void)alarm(20);
        if (pthread_create(&other, NULL, make_files, NULL) == 0)
            (void)make_files(NULL);
        _exit(9);
    }
    (void)nanosleep(&pause, NULL);
    (void)kill(child, SIGTERM);
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    CHECK(system("test -z \"$(ls)\"") == 0);
}

/* A child ends by exit() while its parent still needs the file. */
static void
check_child(void)
{
    char path[] = "named.XXXXXX";
    int fd = temporary_named(path);
    pid_t child = fork();

    if (child == 0)
        exit(0);
    (void)waitpid(child, NULL, 0);
    CHECK(access(path, F_OK) == 0);
    (void)close(fd);
    (void)unlink(path);
    temporary_forget(path);
}

int
main(void)
{
    char folder[] = "/tmp/test_temporary.XXXXXX";
    struct error err = {0};

    (void)unsetenv("TMPDIR");
    if (!mkdtemp(folder) || chdir(folder) != 0)
        return 1;
    for (long i = 0; i < 30; i++)
        check_signal(2000000 + i * 100000);
    check_child();
    CHECK(temporary_unnamed("test", "no/such", &err) < 0);
    CHECK(strstr(err.message, "cannot make a temporary file"));
    CHECK(strncmp(err.path, "no/such/test.", 13) == 0);
    CHECK(chdir("/") == 0 && rmdir(folder) == 0);
    return test_failures != 0;
}
