#include "common/cpu.h"
#include "common/pool.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

enum { TASKS = 1000 };

static void
count(void *context, size_t i)
{
    unsigned *seen = context;

    seen[i]++; /* each task owns its slot */
}

static void
check_cap(const char *name, enum cpu_isa isa, bool wanted)
{
    CHECK(setenv("LOCKSTEP_CPU", name, 1) == 0);
    CHECK(cpu_supports(isa) == wanted);
}

int
main(void)
{
    struct error err = {0};

    for (unsigned threads = 0; threads <= 8; threads++) {
        unsigned seen[TASKS] = {0};

        pool_run(threads, TASKS, count, seen);
        for (size_t i = 0; i < TASKS; i++)
            CHECK(seen[i] == 1);
        pool_run(threads, 0, count, NULL);
    }
    CHECK(pool_cpus() >= 1);

    CHECK(cpu_supports(CPU_SCALAR));
    check_cap("scalar", CPU_SCALAR, true);
    check_cap("scalar", CPU_SSSE3, false);
    check_cap("scalar", CPU_AVX2, false);
    check_cap("ssse3", CPU_GFNI, false);
    CHECK(setenv("LOCKSTEP_CPU", "sse9", 1) == 0);
    CHECK(!cpu_check_override(&err));
    CHECK(err.class == ERR_USAGE && strstr(err.message, "sse9"));
    CHECK(setenv("LOCKSTEP_CPU", "scalar", 1) == 0 && cpu_check_override(&err));
    return test_failures != 0;
}
