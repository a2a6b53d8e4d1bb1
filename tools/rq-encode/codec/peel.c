/*
 * A row with one active column left is a pivot.  When there is none, a column is
 * made inactive.  Rows with two active columns are the edges of a graph on the
 * columns; inactivating any column of a connected component lets the whole of it be
 * peeled, so the largest component is chosen (the RFC's own rule).  Components are
 * kept by union-find; they only grow until they vanish whole.
 *
 * Each row keeps the number and the XOR of its active columns, so that the last one
 * is known without a search.
 */
#include "peel.h"

#include "common/mem.h"

#include <stdlib.h>
#include <string.h>

enum { NONE = UINT16_MAX };

/* The state of a row: the XOR of its active columns in the low 16 bits, above their
 * number. */
#define ONE_ACTIVE UINT32_C(0x10000)

static uint32_t
left_of(uint32_t state)
{
    return state >> 16;
}

static uint16_t
sum_of(uint32_t state)
{
    return (uint16_t)state;
}

struct peel {
    const struct rq_matrix *m;
    struct rq_order *order;
    uint32_t *holder_start; /* by column, and one more */
    uint32_t *holder;       /* the rows that hold a column */
    uint32_t *state;        /* by row: its active columns, their XOR and number */
    bool *done;             /* by column: pivot or inactive */
    bool *used;             /* by row: pivot */
    uint32_t *ready;        /* stack of rows that had one active column */
    size_t ready_count;
    uint16_t *parent;      /* union-find over columns */
    uint16_t *size;        /* by root: columns in its component */
    uint16_t *first;       /* by size: a list of the roots of that size, or NONE */
    uint16_t *next, *prev; /* by root, in its list */
    uint16_t largest;      /* no list beyond is in use */
    uint32_t *triple;      /* stack of rows that had three active columns */
    size_t triple_count;
};

static uint16_t
find(uint16_t *parent, uint16_t c)
{
    while (parent[c] != c) {
        parent[c] = parent[parent[c]];
        c = parent[c];
    }
    return c;
}

/* Components of one column are in no list: they have no edge. */
static void
unlist(struct peel *s, uint16_t root)
{
    uint16_t next = s->next[root], prev = s->prev[root];

    if (s->size[root] == 1)
        return;
    if (prev == NONE)
        s->first[s->size[root]] = next;
    else
        s->next[prev] = next;
    if (next != NONE)
        s->prev[next] = prev;
}

static void
enlist(struct peel *s, uint16_t root)
{
    uint16_t size = s->size[root], next = s->first[size];

    s->prev[root] = NONE;
    s->next[root] = next;
    if (next != NONE)
        s->prev[next] = root;
    s->first[size] = root;
    if (s->largest < size)
        s->largest = size;
}

/* Row r has two active columns now: an edge. */
static void
join(struct peel *s, uint32_t r)
{
    const uint16_t *c = s->m->column + s->m->start[r];
    uint16_t a, b;

    while (s->done[*c])
        c++;
    a = find(s->parent, *c);
    b = find(s->parent, sum_of(s->state[r]) ^ *c);
    if (a == b)
        return;
    if (s->size[a] < s->size[b]) {
        uint16_t swap = a;

        a = b;
        b = swap;
    }
    unlist(s, a);
    unlist(s, b);
    s->parent[b] = a;
    s->size[a] = (uint16_t)(s->size[a] + s->size[b]);
    enlist(s, a);
}

/* Column c is no longer active.  Of the tests only one is a branch to guess. */
static void
retire(struct peel *s, uint16_t c)
{
    s->done[c] = true;
    for (uint32_t i = s->holder_start[c]; i < s->holder_start[c + 1]; i++) {
        uint32_t r = s->holder[i];
        uint32_t state = (s->state[r] ^ c) - ONE_ACTIVE;

        s->state[r] = state;
        s->ready[s->ready_count] = r;
        s->ready_count += left_of(state) == 1;
        s->triple[s->triple_count] = r;
        s->triple_count += left_of(state) == 3;
        if (left_of(state) == 2)
            join(s, r);
    }
}

static void
inactivate(struct peel *s, uint16_t c)
{
    s->order->inactive[s->order->inactives++] = c;
    retire(s, c);
}

/*
 * Pivot until no row is ready.  The row made ready last comes first: it needs the pivot
 * just found, which then still is in the first-level cache when the plan is replayed.
 */
static void
peel(struct peel *s)
{
    struct rq_order *o = s->order;

    while (s->ready_count > 0) {
        uint32_t r = s->ready[--s->ready_count];

        uint16_t column = sum_of(s->state[r]);

        if (left_of(s->state[r]) != 1)
            continue; /* another row took its column */
        s->used[r] = true;
        o->row[o->pivots] = r;
        o->column[o->pivots++] = column;
        o->is_pivot[column] = true;
        retire(s, column);
    }
}

/* No row has one or two active columns: an active column of a row with the fewest. */
static bool
sparsest(struct peel *s, uint16_t *out)
{
    uint32_t best = UINT32_MAX;
    const uint16_t *c;

    while (best == UINT32_MAX && s->triple_count > 0)
        if (left_of(s->state[s->triple[--s->triple_count]]) == 3)
            best = s->triple[s->triple_count];
    for (uint32_t r = 0; best == UINT32_MAX && r < s->m->rows; r++)
        if (left_of(s->state[r]) > 3)
            best = r;
    for (uint32_t r = 0;
         best != UINT32_MAX && left_of(s->state[best]) > 3 && r < s->m->rows; r++)
        if (left_of(s->state[r]) > 0 && left_of(s->state[r]) < left_of(s->state[best]))
            best = r;
    if (best == UINT32_MAX)
        return false;
    for (c = s->m->column + s->m->start[best]; s->done[*c];)
        c++;
    *out = *c;
    return true;
}

static bool
next_inactive(struct peel *s, uint16_t *out)
{
    for (; s->largest > 1; s->largest--)
        while (s->first[s->largest] != NONE) {
            uint16_t root = s->first[s->largest];

            unlist(s, root);
            if (s->done[root])
                continue; /* peeled, and the whole component with it */
            s->size[root] = 1;
            *out = root;
            return true;
        }
    return sparsest(s, out);
}

static void
peel_init(struct peel *s, const struct rq_params *p, const struct rq_matrix *m)
{
    uint32_t held = 0;

    s->m = m;
    s->holder_start = xcalloc(p->W + 2, sizeof *s->holder_start);
    s->state = xcalloc(m->rows, sizeof *s->state);
    s->done = xcalloc(p->L, sizeof *s->done);
    s->used = xcalloc(m->rows, sizeof *s->used);
    s->ready = xrealloc(NULL, m->rows + 1, sizeof *s->ready);
    s->parent = xrealloc(NULL, p->W, sizeof *s->parent);
    s->size = xrealloc(NULL, p->W, sizeof *s->size);
    s->first = xrealloc(NULL, p->W + 1, sizeof *s->first);
    s->next = xrealloc(NULL, p->W, sizeof *s->next);
    s->prev = xrealloc(NULL, p->W, sizeof *s->prev);
    memset(s->first, 0xff, (p->W + 1) * sizeof *s->first);
    s->triple = xrealloc(NULL, m->rows + 1, sizeof *s->triple);
    for (uint32_t r = 0; r < m->rows; r++) {
        uint32_t left = m->middle[r] - m->start[r], sum = 0;

        for (uint32_t i = m->start[r]; i < m->middle[r]; i++) {
            s->holder_start[m->column[i] + 2]++;
            sum ^= m->column[i];
        }
        s->state[r] = left * ONE_ACTIVE | sum;
        held += left;
    }
    for (uint32_t c = 0; c < p->W; c++)
        s->holder_start[c + 2] += s->holder_start[c + 1];
    s->holder = xrealloc(NULL, held + 1, sizeof *s->holder);
    for (uint32_t r = 0; r < m->rows; r++)
        for (uint32_t i = m->start[r]; i < m->middle[r]; i++)
            s->holder[s->holder_start[m->column[i] + 1]++] = r;
    for (uint32_t c = 0; c < p->W; c++) {
        s->parent[c] = (uint16_t)c;
        s->size[c] = 1;
    }
}

static void
peel_clear(struct peel *s)
{
    free(s->holder_start);
    free(s->holder);
    free(s->state);
    free(s->done);
    free(s->used);
    free(s->ready);
    free(s->parent);
    free(s->size);
    free(s->first);
    free(s->next);
    free(s->prev);
    free(s->triple);
}

void
rq_order_init(struct rq_order *o, const struct rq_params *p, const struct rq_matrix *m)
{
    struct peel s = {.order = o};
    uint16_t c;

    *o = (struct rq_order){0};
    o->row = xrealloc(NULL, p->W, sizeof *o->row);
    o->column = xrealloc(NULL, p->W, sizeof *o->column);
    o->inactive = xrealloc(NULL, p->L, sizeof *o->inactive);
    o->leftover = xrealloc(NULL, m->rows + 1, sizeof *o->leftover);
    o->is_pivot = xcalloc(p->L, sizeof *o->is_pivot);
    peel_init(&s, p, m);
    for (uint32_t r = 0; r < m->rows; r++) {
        if (left_of(s.state[r]) == 1)
            s.ready[s.ready_count++] = r;
        else if (left_of(s.state[r]) == 2)
            join(&s, r);
        else if (left_of(s.state[r]) == 3)
            s.triple[s.triple_count++] = r;
    }
    peel(&s);
    while (next_inactive(&s, &c)) {
        inactivate(&s, c);
        peel(&s);
    }
    for (uint32_t i = 0; i < p->L; i++)
        if (!s.done[i]) /* in no row, or permanently inactive */
            o->inactive[o->inactives++] = (uint16_t)i;
    for (uint32_t r = 0; r < m->rows; r++)
        if (!s.used[r])
            o->leftover[o->leftovers++] = r;
    peel_clear(&s);
}

void
rq_order_clear(struct rq_order *o)
{
    free(o->row);
    free(o->column);
    free(o->inactive);
    free(o->leftover);
    free(o->is_pivot);
    *o = (struct rq_order){0};
}
