/*
 * Under a tolerance "equal" is not transitive, so pairing greedily could miss a
 * pairing that exists.  This is bipartite matching by augmenting paths (Kuhn's
 * algorithm); arrays that differ only in order pair off almost at once.
 */
#include "compare/multiset.h"

#include "common/mem.h"

#include <stdint.h>
#include <stdlib.h>

enum { MULTISET_MAX = 20000 };

struct matching {
    struct walk *walk;
    size_t count;
    const struct json **expected; /* owned arrays of borrowed nodes */
    const struct json **actual;
    size_t *partner;   /* owned: of actual[k], an index into expected, or SIZE_MAX */
    uint32_t *seen;    /* owned: the round in which actual[k] was last tried */
    size_t *came_from; /* owned: the expected element that reached actual[k] */
    size_t *queue;     /* owned: expected elements to place in this round */
};

static const struct json **
elements(const struct json *array, size_t count)
{
    const struct json **list = xcalloc(count + 1, sizeof *list);
    size_t n = 0;

    for (const struct json *e = json_first(array); e; e = json_next(e))
        list[n++] = e;
    return list;
}

static bool
pair_equal(const struct matching *m, size_t i, size_t k)
{
    struct walk quiet = *m->walk;

    quiet.out = NULL;
    quiet.top = 0; /* only the outermost array is a multiset */
    (void)walk_enter_index(&quiet, i);
    return walk_equal(&quiet, m->expected[i], m->actual[k]);
}

/* Flip the path that ends at the free element k. */
static void
augment(struct matching *m, size_t k, size_t root)
{
    for (;;) {
        size_t i = m->came_from[k], next = SIZE_MAX;

        for (size_t other = 0; i != root && other < m->count; other++)
            if (m->partner[other] == i) {
                next = other;
                break;
            }
        m->partner[k] = i;
        if (i == root)
            return;
        k = next;
    }
}

/* Find a partner for expected[root], moving others if needed: breadth first. */
static bool
place(struct matching *m, size_t root, uint32_t round)
{
    size_t head = 0, tail = 0;

    m->queue[tail++] = root;
    while (head < tail) {
        size_t i = m->queue[head++];

        for (size_t step = 0; step < m->count; step++) {
            size_t k = (i + step) % m->count;

            if (m->seen[k] == round || !pair_equal(m, i, k))
                continue;
            m->seen[k] = round;
            m->came_from[k] = i;
            if (m->partner[k] == SIZE_MAX) {
                augment(m, k, root);
                return true;
            }
            m->queue[tail++] = m->partner[k];
        }
    }
    return false;
}

static bool
match_all(struct matching *m)
{
    for (size_t i = 0; i < m->count; i++) {
        size_t before;

        if (place(m, i, (uint32_t)i + 1))
            continue;
        before = walk_enter_index(m->walk, i);
        (void)walk_differ(m->walk, m->expected[i], NULL,
                          "no element left that equals this one (order is free)");
        walk_leave(m->walk, before);
        return false;
    }
    return true;
}

bool
multiset_equal(struct walk *w, const struct json *expected, const struct json *actual)
{
    size_t count = json_count(expected), got = json_count(actual);
    struct matching m = {.walk = w, .count = count};
    bool same;

    if (count != got)
        return walk_differ(w, expected, actual, "%zu elements, expected %zu", got, count);
    if (count > MULTISET_MAX)
        return walk_differ(w, expected, actual,
                           "%zu elements are over the limit of %d for unordered", count,
                           MULTISET_MAX);
    m.expected = elements(expected, count);
    m.actual = elements(actual, count);
    m.partner = xcalloc(count + 1, sizeof *m.partner);
    m.seen = xcalloc(count + 1, sizeof *m.seen);
    m.came_from = xcalloc(count + 1, sizeof *m.came_from);
    m.queue = xcalloc(count + 1, sizeof *m.queue);
    for (size_t k = 0; k < count; k++)
        m.partner[k] = SIZE_MAX;
    same = match_all(&m);
    free(m.expected);
    free(m.actual);
    free(m.partner);
    free(m.seen);
    free(m.came_from);
    free(m.queue);
    return same;
}
