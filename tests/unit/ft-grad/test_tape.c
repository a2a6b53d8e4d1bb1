/*
 * test_tape.c: what is recorded, saved tensors and their versions, the first failure.
 */
#include "ops/ops.h"

#include "test.h"

#include <string.h>

enum { OCTETS = 1 << 20 };

static struct tensor *
leaf(struct tape *t, int64_t n, double value)
{
    struct tensor *x = tensor_full(&t->heap, TENSOR_F64, 1, &n, value);

    x->requires_grad = true;
    return x;
}

static void
test_recording(struct tape *t)
{
    struct tensor *x = leaf(t, 3, 2), *y = op_sin(t, x), *z = op_mul(t, y, x);

    CHECK(z && strcmp(z->grad_fn->name, "MulBackward0") == 0);
    CHECK(z->grad_fn->edge_count == 2 && z->grad_fn->edges[0].node == y->grad_fn);
    CHECK(z->grad_fn->edges[1].node == tape_edge(t, x).node);
    CHECK(z->grad_fn->sequence_nr == y->grad_fn->sequence_nr + 1);
    CHECK(z->grad_fn->topological_nr > y->grad_fn->topological_nr);
    CHECK(node_wants(z->grad_fn, 0) && node_wants(z->grad_fn, 1));
    CHECK(!tape_tracks(op_detach(t, z)));
    t->recording = false;
    CHECK(!tape_tracks(op_sin(t, x)));
    t->recording = true;
}

/* A write behind the tape's back is found when the saved tensor is asked for. */
static void
test_versions(struct tape *t)
{
    struct tensor *x = leaf(t, 3, 2), *y = op_mul_scalar(t, x, 2), *z = op_sin(t, y);

    CHECK(z && node_saved(t, z->grad_fn, 0) == y && !t->failed);
    y->storage->version++;
    CHECK(node_saved(t, z->grad_fn, 0) == NULL && t->failed);
    CHECK(strstr(t->error.message, "modified by an inplace operation"));
    CHECK(op_sin(t, x) == NULL); /* nothing runs after a failure */
}

static void
test_views(struct tape *t)
{
    struct tensor *x = leaf(t, 6, 2), *y = op_mul_scalar(t, x, 2), *z = op_sin(t, y);
    int64_t size[2] = {2, 3};
    struct tensor *view = op_view(t, y, 2, size);

    CHECK(view && view->storage == y->storage && view->base == y);
    view->storage->version++; /* seen through the base as well */
    CHECK(node_saved(t, z->grad_fn, 0) == NULL && t->failed);
}

static void
test_refusals(struct tape *t)
{
    int64_t big = OCTETS, three = 3;

    CHECK(tape_fail(t, ERR_MALFORMED, "RuntimeError", "first") == NULL);
    CHECK(tape_fail(t, ERR_LIMIT, "ValueError", "second") == NULL);
    CHECK(strcmp(t->error.message, "first") == 0);
    tape_reset(t);
    t->heap.limit = OCTETS;
    CHECK(!t->failed);
    CHECK(tape_check(t, tensor_new(&t->heap, TENSOR_F64, 1, &big)) == NULL);
    CHECK(strstr(t->error.message, "would not fit") != NULL);
    tape_reset(t);
    CHECK(op_sin(t, tensor_zeros(&t->heap, TENSOR_I64, 1, &three)) == NULL);
    CHECK(strstr(t->error.message, "operands of this type") != NULL);
}

int
main(void)
{
    static void (*const tests[])(struct tape *) = {test_recording, test_versions,
                                                   test_views, test_refusals};
    struct tape t;

    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
        tape_init(&t, TORCH_2_6);
        tests[i](&t);
        tape_clear(&t);
    }
    return test_failures != 0;
}
