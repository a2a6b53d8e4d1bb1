/*
 * No command needs more memory than it is allowed and what a plan takes, however large
 * the file: each runs in a process of its own, whose peak is asked for at its end.
 */
#define _DEFAULT_SOURCE /* wait4 */
#include "container/drill.h"
#include "container/restore.h"
#include "container/set.h"
#include "test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
enum { MEASURED = 0 }; /* shadow memory */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
enum { MEASURED = 0 };
#else
enum { MEASURED = 1 };
#endif
#else
enum { MEASURED = 1 };
#endif

enum {
    MIB = 1 << 20,
    MEMORY = 24 * MIB,
    PLANS = 24 * MIB, /* two of 20,000 symbols, and the program */
    CHUNK = 1 << 16
};

static uint64_t dense, size; /* octets: random ones, then a hole */

static bool
protect(void)
{
    const struct protect_options o = {
        .redundancy.percent = 5, .memory = MEMORY, .threads = 2, .force = true};
    struct protect_report report;
    struct error err;
    bool ok = protect_file("big", &o, &report, &err);

    head_clear(&report.head);
    return ok;
}

static bool
protect_many(void)
{
    const struct protect_options o = {
        .redundancy.percent = 5, .memory = MEMORY, .threads = 2, .force = true};
    char big[] = "big";
    char *paths[] = {big};
    struct protect_report report;
    struct error err;
    bool ok = protect_set("set", paths, 1, &o, &report, &err);

    head_clear(&report.head);
    return ok;
}

static bool
repair(const char *name)
{
    const struct restore_options o = {.memory = MEMORY, .threads = 2};
    const struct checkup_options how = {.memory = MEMORY};
    struct restore_report report;
    struct checkup c;
    struct error err;
    bool ok = checkup_open(&c, name, &how, &err);

    if (ok) {
        ok = restore(&c, name, NULL, &o, &report, &err);
        checkup_close(&c);
    }
    return ok;
}

static bool
repair_file(void)
{
    return repair("big");
}

static bool
repair_set(void)
{
    return repair("set");
}

static bool
drill_source(void)
{
    const struct drill_options o = {
        .scenario = DRILL_SOURCE, .seed = 1, .memory = MEMORY, .threads = 2};
    const struct checkup_options how = {.memory = MEMORY};
    struct drill_report report;
    struct checkup c;
    struct error err;
    bool ok = checkup_open(&c, "big", &how, &err);

    if (ok) {
        ok = drill(&c, &o, &report, &err);
        drill_report_clear(&report);
        checkup_close(&c);
    }
    return ok;
}

static void
within_memory(const char *what, bool (*run)(void))
{
    struct rusage usage;
    int status = 0;
    pid_t child = fork();

    if (child == 0)
        _exit(run() ? 0 : 1);
    CHECK(wait4(child, &status, 0, &usage) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    if (!MEASURED || getenv("LOCKSTEP_QUICK"))
        return;
    if (usage.ru_maxrss >= (MEMORY + PLANS) / 1024)
        (void)fprintf(stderr, "%s: %ld KiB\n", what, usage.ru_maxrss);
    CHECK(usage.ru_maxrss < (MEMORY + PLANS) / 1024);
}

static void
make_file(void)
{
    uint64_t x = 88172645463325252, block[CHUNK / 8];
    int fd = open("big", O_WRONLY | O_CREAT | O_TRUNC, 0666);

    CHECK(fd >= 0);
    for (uint64_t at = 0; at < dense; at += CHUNK) {
        for (size_t i = 0; i < CHUNK / 8; i++) {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            block[i] = x;
        }
        CHECK(pwrite(fd, block, CHUNK, (off_t)at) == CHUNK);
    }
    CHECK(ftruncate(fd, (off_t)size) == 0);
    CHECK(close(fd) == 0);
}

/* 2 % of the file in one run, and some of the sidecar. */
static void
damage(const char *sidecar)
{
    uint8_t *noise = malloc(size / 50);
    int fd = open("big", O_WRONLY);

    memset(noise, 0xa5, size / 50);
    CHECK(pwrite(fd, noise, size / 50, (off_t)(dense / 2)) == (ssize_t)(size / 50));
    CHECK(close(fd) == 0);
    fd = open(sidecar, O_WRONLY);
    CHECK(pwrite(fd, noise, 9999, (off_t)(size / 60)) == 9999);
    CHECK(close(fd) == 0);
    free(noise);
}

int
main(void)
{
    static const char *const made[] = {"big", "big.rq", "big.raptorq.json", "set.rq",
                                       "set.raptorq.json"};
    char folder[] = "/tmp/rq-memory.XXXXXX";

    dense = getenv("LOCKSTEP_QUICK") ? MIB : 64 * MIB;
    size = 2 * dense;
    CHECK(mkdtemp(folder) != NULL && chdir(folder) == 0);
    make_file();
    within_memory("protect", protect);
    within_memory("drill", drill_source);
    damage("big.rq");
    within_memory("repair", repair_file);
    within_memory("protect --set", protect_many);
    damage("set.rq");
    within_memory("repair of a set", repair_set);
    for (size_t i = 0; i < sizeof made / sizeof *made; i++)
        CHECK(unlink(made[i]) == 0);
    CHECK(chdir("/") == 0 && rmdir(folder) == 0);
    return test_failures != 0;
}
