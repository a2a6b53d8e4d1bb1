/* What protect promises of its layouts, for files from an octet to a tebioctet. */
#include "container/placement.h"
#include "test.h"

int
main(void)
{
    static const double percents[] = {1.5, 5, 20, 120};

    for (size_t i = 0; i < sizeof percents / sizeof *percents; i++) {
        const struct redundancy redundancy = {.percent = percents[i]};

        for (unsigned bits = 0; bits <= 40; bits++) {
            struct placement p;
            struct layout l;
            struct error err = {0};

            CHECK(layout_choose(&l, (UINT64_C(1) << bits) + bits, &redundancy, &err));
            CHECK(layout_check(&l, &err));
            placement_judge(&l, bits < 20 ? 20 : 0, bits, &p);
            /* With little redundancy no block is large enough for very large files. */
            CHECK(p.random_failure < (percents[i] < 5 ? 0.05 : 0.001));
            CHECK(p.burst_failure < 0.001);
            CHECK(p.failures == 0);
        }
    }
    return test_failures != 0;
}
