/*
 * placement.h: what a layout survives, computed and simulated.
 *
 * A block is lost when more of its symbols go than it has repair symbols, or, much
 * more rarely, when those that stay lack rank: about 256^-(o + 1) with o symbols more
 * than K.
 */
#ifndef RQ_PLACEMENT_H
#define RQ_PLACEMENT_H

#include "layout.h"

struct placement {
    double random_failure; /* bound: 0.85 of the redundancy lost at random */
    double burst_failure;  /* bound: a run as long as the redundancy less two symbols */
    uint32_t trials;       /* simulated; 0 when the layout has too many symbols */
    uint32_t failures;     /* of the random kind among them */
};

void placement_judge(const struct layout *l, uint32_t trials, uint64_t seed,
                     struct placement *out);

#endif
