/* pickled.c: see pickled.h. */
#include "container/pickled.h"

#include "model/tree.h"

bool
pickled_is(const uint8_t *data, uint64_t size)
{
    struct error ignored = {0};
    struct pickle p;
    bool ok;

    if (size >= 2 && data[0] == 0x80 && data[1] <= 5)
        return true;
    /* protocols 0 and 1 begin with any opcode: try */
    ok = pickle_run(&p, data, (size_t)(size < (1 << 20) ? size : 1 << 20), PICKLE_LENIENT,
                    &ignored) ||
         p.globals;
    pickle_clear(&p);
    return ok;
}

bool
pickled_load(struct checkpoint *c, const struct open_options *options, struct error *err)
{
    struct tree tree = {.c = c, .options = options};
    struct checkpoint_pickle *p = NULL;
    bool ok;

    c->format = FORMAT_PICKLE;
    ok = checkpoint_run_pickle(c, "pickle", c->data, c->size, true, &p, err) &&
         tree_check_globals(&tree, p, err) && tree_walk(&tree, p->pickle.root, err);
    tree_clear(&tree);
    return ok;
}
