/*
 * Files and sidecars damaged at random in every way: repair gives the exact octets, or
 * refuses and changes nothing.
 */
#include "common/file.h"
#include "common/mem.h"
#include "container/restore.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint64_t state = 1;

static uint32_t
below(uint32_t n)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((state >> 33) % n);
}

struct octets {
    uint8_t *data;
    size_t size;
};

static struct octets
load(const char *path)
{
    struct error err;
    struct input in;
    struct octets o = {.data = xcalloc(1, 1)};

    if (input_open(&in, path, SIZE_MAX, &err)) {
        free(o.data);
        o.size = in.size;
        o.data = memcpy(xcalloc(in.size + 1, 1), in.size ? in.data : (const void *)"",
                        in.size);
        input_close(&in);
    }
    return o;
}

/* Not out_put(): that waits for the disk each time. */
static void
store(const char *path, const struct octets *o)
{
    FILE *out = fopen(path, "wb");

    CHECK(out != NULL);
    if (!out)
        return;
    CHECK(fwrite(o->data, 1, o->size, out) == o->size);
    CHECK(fclose(out) == 0);
}

static bool
equal(const struct octets *a, const struct octets *b)
{
    return a->size == b->size && memcmp(a->data, b->data, a->size) == 0;
}

/* One random change: flip, overwrite, zero, remove, insert, move, cut. */
static void
damage(struct octets *o)
{
    uint32_t at = below((uint32_t)o->size + 1), n = 1 + below(1 + (uint32_t)o->size / 40);
    uint8_t *changed = xcalloc(o->size + n + 1, 1);

    memcpy(changed, o->data, o->size);
    if (n > o->size - at)
        n = (uint32_t)o->size - at;
    switch (below(6)) {
    case 0:
        if (at < o->size)
            changed[at] ^= (uint8_t)(1u << below(8));
        break;
    case 1: memset(changed + at, (int)below(256), n); break;
    case 2: /* remove */
        memmove(changed + at, changed + at + n, o->size - at - n);
        o->size -= n;
        break;
    case 3: /* insert */
        memmove(changed + at + n, changed + at, o->size - at);
        for (uint32_t i = 0; i < n; i++)
            changed[at + i] = (uint8_t)below(256);
        o->size += n;
        break;
    case 4: /* copy another part over this one */
        memmove(changed + at, o->data + below((uint32_t)(o->size - n) + 1), n);
        break;
    default: o->size -= below(2) ? n : 0; break;
    }
    free(o->data);
    o->data = changed;
}

static bool
try_repair(struct error *err)
{
    const struct restore_options options = {.memory = 1 << 20, .threads = 1};
    struct restore_report report;
    struct checkup c;
    bool ok;

    if (!checkup_open(&c, "x", &(struct checkup_options){.memory = 1 << 20}, err))
        return false;
    ok = restore(&c, "x", NULL, &options, &report, err);
    checkup_close(&c);
    return ok;
}

/* Returns whether the file could be repaired. */
static bool
trial(const struct octets *file, const struct octets *sidecar, uint32_t changes)
{
    struct octets bad = {memcpy(xcalloc(file->size + 1, 1), file->data, file->size),
                         file->size};
    struct octets bad_rq = {
        memcpy(xcalloc(sidecar->size + 1, 1), sidecar->data, sidecar->size),
        sidecar->size};
    struct octets after, after_rq;
    struct error err = {0};
    bool ok;

    for (uint32_t i = 0; i < changes; i++)
        damage(below(2) ? &bad : &bad_rq);
    store("x", &bad);
    store("x.rq", &bad_rq);
    ok = try_repair(&err);
    after = load("x");
    after_rq = load("x.rq");
    if (ok) {
        CHECK(equal(&after, file));
        CHECK(equal(&after_rq, sidecar));
    } else {
        CHECK(equal(&after, &bad));
        CHECK(equal(&after_rq, &bad_rq));
        CHECK(err.class != ERR_NONE && err.class != ERR_INTERNAL);
    }
    free(after.data);
    free(after_rq.data);
    free(bad.data);
    free(bad_rq.data);
    return ok;
}

static void
trials(size_t size, double percent, int count)
{
    const struct protect_options options = {
        .redundancy.percent = percent, .memory = 1 << 20, .threads = 1};
    struct octets file = {xcalloc(size + 1, 1), size}, sidecar;
    struct protect_report report;
    struct error err = {0};
    int repaired = 0;

    for (size_t i = 0; i < size; i++)
        file.data[i] = (uint8_t)below(256);
    store("x", &file);
    CHECK(protect_file("x", &options, &report, &err));
    head_clear(&report.head);
    sidecar = load("x.rq");
    for (int i = 0; i < count; i++)
        repaired += trial(&file, &sidecar, 1 + below(6));
    CHECK(count < 20 || repaired > count / 4);
    free(file.data);
    free(sidecar.data);
}

int
main(void)
{
    const char *wanted = getenv("RQ_TRIALS");
    int count = wanted                     ? (int)strtol(wanted, NULL, 10)
                : getenv("LOCKSTEP_QUICK") ? 10
                                           : 60;
    char folder[] = "/tmp/rq-test.XXXXXX";

    if (!mkdtemp(folder) || chdir(folder) != 0)
        return 1;
    trials(1, 5, count / 4);
    trials(3000, 5, count);
    trials(100001, 10, count);
    trials(200000, 120, count);
    (void)remove("x");
    (void)remove("x.rq");
    (void)remove("x.raptorq.json");
    CHECK(chdir("/") == 0 && rmdir(folder) == 0);
    return test_failures != 0;
}
