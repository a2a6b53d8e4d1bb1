/* feeder.c: see feeder.h. */
#include "fold/feeder.h"

#include "common/mem.h"

#include <stdlib.h>

void
feeder_init(struct feeder *d, const struct program *p)
{
    *d = (struct feeder){.program = p, .folds = xcalloc(p->n_folds, sizeof *d->folds)};
    for (size_t f = 0; f < p->n_folds; f++)
        d->folds[f] = fold_like(&p->folds[f]);
}

void
feeder_clear(struct feeder *d)
{
    for (size_t f = 0; f < d->program->n_folds; f++)
        fold_clear(&d->folds[f]);
    free(d->folds);
}

void
feeder_restart(struct feeder *d, size_t n_groups)
{
    for (size_t f = d->program->first_fold; f < d->program->n_folds; f++)
        fold_restart(&d->folds[f], n_groups);
}

void
feeder_rows(struct feeder *d, const struct fold_input *in)
{
    for (size_t f = d->program->first_fold; f < d->program->n_folds; f++)
        fold_rows(&d->folds[f], in);
}
