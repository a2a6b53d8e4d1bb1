#include "matrix.h"

#include "common/mem.h"
#include "tuple.h"

#include <stdlib.h>

void
rq_matrix_init(struct rq_matrix *m, const struct rq_params *p, const uint32_t *isi,
               size_t rows)
{
    size_t capacity = rows * 8 + RQ_DEGREE_MAX; /* the mean is about 7 */
    uint32_t used = 0;

    *m = (struct rq_matrix){.rows = rows};
    m->start = xrealloc(NULL, rows + 1, sizeof *m->start);
    m->middle = xrealloc(NULL, rows + 1, sizeof *m->middle);
    m->column = xrealloc(NULL, capacity, sizeof *m->column);
    for (size_t i = 0; i < rows; i++) {
        unsigned lt;

        if (capacity - used < RQ_DEGREE_MAX) {
            capacity += capacity / 2;
            m->column = xrealloc(m->column, capacity, sizeof *m->column);
        }
        m->start[i] = used;
        used += rq_columns(p, isi[i], m->column + used, &lt);
        m->middle[i] = m->start[i] + lt;
    }
    m->start[rows] = used;
}

void
rq_matrix_clear(struct rq_matrix *m)
{
    free(m->start);
    free(m->middle);
    free(m->column);
    *m = (struct rq_matrix){0};
}
