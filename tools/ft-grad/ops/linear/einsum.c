/*
 * einsum.c: sums of products named by subscripts.
 *
 * Every operand is brought to one order of dimensions, the output's first and then those
 * that are summed, with size 1 where it lacks one; then they are multiplied from left to
 * right, each pair as one batched matrix product.
 */
#include "ops/operators.h"

#include <inttypes.h>
#include <string.h>

enum { LETTERS = 52, ELLIPSIS = LETTERS, OPERANDS_MAX = 16 };

struct equation {
    /* Subscripts of each operand: letters by number, ELLIPSIS at most once. */
    int subscripts[OPERANDS_MAX][TENSOR_DIMS_MAX + 1];
    int count[OPERANDS_MAX];
    int output[TENSOR_DIMS_MAX + 1];
    int output_count;
    int ellipsis;       /* dimensions it stands for */
    int place[LETTERS]; /* in the common order, or -1 */
    int ellipsis_place; /* of its first dimension */
    int kept, dims;     /* dimensions of the output, of the common order */
};

static bool
refuse(struct tape *t, const char *text)
{
    (void)tape_fail(t, ERR_MALFORMED, "RuntimeError", "einsum(): %s", text);
    return false;
}

static int
letter(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    return c >= 'a' && c <= 'z' ? 26 + c - 'a' : -1;
}

static char
spelled(int number)
{
    return (char)(number < 26 ? 'A' + number : 'a' + number - 26);
}

/* Three dots at p?  Else a failure that names the operand (-1: the output). */
static bool
read_dots(struct tape *t, const char *p, bool again, int operand)
{
    if (!again && p[1] == '.' && p[2] == '.')
        return true;
    if (operand < 0)
        return refuse(t, again ? "found '.' for output but an ellipsis (...) was already "
                                 "found"
                               : "found '.' for output that is not part of any ellipsis "
                                 "(...)");
    return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                     again ? "einsum(): found '.' for operand %d for which an ellipsis "
                             "was already found"
                           : "einsum(): found '.' for operand %d that is not part of any "
                             "ellipsis",
                     operand) != NULL;
}

static bool
invalid(struct tape *t, const char *text, const char *p)
{
    return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                     "einsum(): invalid subscript given at index %td in the equation "
                     "string, subscripts must be in [a-zA-Z]",
                     p - text) != NULL;
}

/* The left side; *end is where the arrow or the text's end is. */
static bool
read_operands(struct tape *t, const char *text, size_t operands, struct equation *e,
              const char **end)
{
    size_t k = 0;
    const char *p = text;

    for (; *p && !(p[0] == '-' && p[1] == '>'); p++) {
        int *n = &e->count[k];
        bool dots = false;

        if (*p == ' ')
            continue;
        if (*p == ',') {
            if (++k >= operands)
                return refuse(
                    t, "fewer operands were provided than specified in the equation");
            continue;
        }
        if (*n > TENSOR_DIMS_MAX)
            return refuse(t, "too many subscripts");
        for (int i = 0; i < *n; i++)
            dots = dots || e->subscripts[k][i] == ELLIPSIS;
        if (*p == '.') {
            if (!read_dots(t, p, dots, (int)k))
                return false;
            p += 2;
            e->subscripts[k][(*n)++] = ELLIPSIS;
        } else if (letter(*p) < 0) {
            return invalid(t, text, p);
        } else {
            e->subscripts[k][(*n)++] = letter(*p);
        }
    }
    *end = p;
    return k + 1 == operands ||
           refuse(t, "more operands were provided than specified in the equation");
}

static bool
read_output(struct tape *t, const char *text, const char *p, struct equation *e)
{
    for (; *p; p++) {
        int what = *p == '.' ? ELLIPSIS : letter(*p);
        bool again = false;

        if (*p == ' ')
            continue;
        for (int i = 0; i < e->output_count; i++)
            again = again || e->output[i] == what;
        if (what < 0)
            return invalid(t, text, p);
        if (what == ELLIPSIS) {
            if (!read_dots(t, p, again, -1))
                return false;
            p += 2;
        } else if (again) {
            return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                             "einsum(): output subscript %c appears more than once in "
                             "the output",
                             *p) != NULL;
        }
        if (e->output_count > TENSOR_DIMS_MAX)
            return refuse(t, "too many subscripts");
        e->output[e->output_count++] = what;
    }
    return true;
}

/* Subscripts fit the operands' dimensions; how many the ellipsis stands for. */
static bool
check_operands(struct tape *t, struct tensor *const *in, size_t count, struct equation *e,
               int seen[LETTERS])
{
    for (size_t k = 0; k < count; k++) {
        int dims = in[k] ? in[k]->dims : -1, letters = 0;

        for (int i = 0; i < e->count[k]; i++) {
            if (e->subscripts[k][i] == ELLIPSIS)
                continue;
            seen[e->subscripts[k][i]]++;
            letters++;
        }
        if (dims < 0 || in[k]->type != in[0]->type)
            return refuse(t, "operands must be of one type");
        if (letters == e->count[k] ? letters != dims : letters > dims)
            return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                             "einsum(): the number of subscripts in the equation (%d) %s "
                             "the number of dimensions (%d) for operand %zu%s",
                             letters,
                             letters == e->count[k] ? "does not match" : "is more than",
                             dims, k,
                             letters == e->count[k] ? " and no ellipsis was given"
                                                    : "") != NULL;
        if (letters != e->count[k] && dims - letters > e->ellipsis)
            e->ellipsis = dims - letters;
    }
    return true;
}

/* Without an arrow: the ellipsis, then what appears once, in alphabetical order. */
static void
imply_output(struct equation *e, const int seen[LETTERS])
{
    bool dots = false;

    for (int k = 0; k < OPERANDS_MAX; k++) {
        for (int i = 0; i < e->count[k]; i++)
            dots = dots || e->subscripts[k][i] == ELLIPSIS;
    }
    if (dots)
        e->output[e->output_count++] = ELLIPSIS;
    for (int c = 0; c < LETTERS && e->output_count <= TENSOR_DIMS_MAX; c++) {
        if (seen[c] == 1)
            e->output[e->output_count++] = c;
    }
}

/* Places in the common order. */
static bool
arrange(struct tape *t, struct equation *e, const int seen[LETTERS])
{
    e->ellipsis_place = -1;
    for (int c = 0; c < LETTERS; c++)
        e->place[c] = -1;
    for (int i = 0; i < e->output_count; i++) {
        int what = e->output[i];

        if (what == ELLIPSIS) {
            e->ellipsis_place = e->dims;
            e->dims += e->ellipsis;
            continue;
        }
        if (seen[what] == 0)
            return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                             "einsum(): output subscript %c does not appear in the "
                             "equation for any input operand",
                             spelled(what)) != NULL;
        e->place[what] = e->dims++;
    }
    e->kept = e->dims;
    if (e->ellipsis_place < 0) {
        e->ellipsis_place = e->dims;
        e->dims += e->ellipsis;
    }
    for (int c = 0; c < LETTERS; c++) {
        if (seen[c] > 0 && e->place[c] < 0)
            e->place[c] = e->dims++;
    }
    return e->dims <= TENSOR_DIMS_MAX || refuse(t, "too many dimensions");
}

/* The place of each dimension of operand k. */
static void
places_of(const struct tensor *x, const struct equation *e, size_t k,
          int places[TENSOR_DIMS_MAX])
{
    int dims = 0, dots = x->dims - (e->count[k] - 1);

    for (int i = 0; i < e->count[k]; i++) {
        if (e->subscripts[k][i] != ELLIPSIS) {
            places[dims++] = e->place[e->subscripts[k][i]];
            continue;
        }
        for (int d = 0; d < dots; d++)
            places[dims++] = e->ellipsis_place + e->ellipsis - dots + d;
    }
}

/* One dimension for each place: repeated subscripts are diagonals. */
static struct tensor *
diagonals(struct tape *t, struct tensor *x, const struct equation *e, size_t k,
          int places[TENSOR_DIMS_MAX])
{
    for (int i = 0; x && i < x->dims; i++) {
        for (int j = i + 1; x && j < x->dims; j++) {
            int place = places[i];

            if (places[j] != place)
                continue;
            if (x->size[i] != x->size[j]) {
                char c = '.';

                for (int l = 0; l < LETTERS; l++)
                    c = e->place[l] == place ? spelled(l) : c;
                return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                                 "einsum(): subscript %c is repeated for operand %zu but "
                                 "the sizes don't match, %" PRId64 " != %" PRId64,
                                 c, k, x->size[j], x->size[i]);
            }
            x = op_diagonal(t, x, 0, i, j);
            memmove(places + j, places + j + 1,
                    (size_t)(TENSOR_DIMS_MAX - j - 1) * sizeof(*places));
            memmove(places + i, places + i + 1,
                    (size_t)(TENSOR_DIMS_MAX - i - 1) * sizeof(*places));
            if (x)
                places[x->dims - 1] = place;
            i = -1; /* numbers have changed: look again */
            break;
        }
    }
    return x;
}

/* Operand k in the common order, with size 1 where it has no dimension. */
static struct tensor *
ordered(struct tape *t, struct tensor *x, const struct equation *e, size_t k)
{
    int places[TENSOR_DIMS_MAX] = {0}, dims = 0;
    int64_t order[TENSOR_DIMS_MAX], size[TENSOR_DIMS_MAX];

    places_of(x, e, k, places);
    x = diagonals(t, x, e, k, places);
    for (int c = 0; x && c < e->dims; c++) {
        size[c] = 1;
        for (int d = 0; d < x->dims; d++) {
            if (places[d] != c)
                continue;
            order[dims++] = d;
            size[c] = x->size[d];
        }
    }
    x = x ? op_permute(t, x, dims, order) : NULL;
    return x ? op_reshape(t, x, e->dims, size) : NULL;
}

/* How two operands share the common order. */
enum share { BOTH, ONLY_A, ONLY_B, SUMMED, SHARES };

/* Sum over the dimensions in mask of a b: one batched matrix product. */
static struct tensor *
pair(struct tape *t, struct tensor *a, struct tensor *b, uint32_t mask)
{
    int64_t size[TENSOR_DIMS_MAX], order[2][TENSOR_DIMS_MAX], back[TENSOR_DIMS_MAX];
    int64_t count[SHARES] = {1, 1, 1, 1};
    enum share share[TENSOR_DIMS_MAX];
    int dims = a->dims, at[2] = {0};
    struct tensor *y;

    for (int d = 0; d < dims; d++) {
        bool in_a = a->size[d] != 1, in_b = b->size[d] != 1, sum = mask >> d & 1;

        share[d] = in_a && in_b ? (sum ? SUMMED : BOTH) : in_a ? ONLY_A : ONLY_B;
        if (sum && in_a && !in_b)
            a = op_sum_dims(t, a, UINT32_C(1) << d, true);
        if (sum && in_b && !in_a)
            b = op_sum_dims(t, b, UINT32_C(1) << d, true);
        if (!a || !b)
            return NULL;
        count[share[d]] *= a->size[d] != 1 ? a->size[d] : b->size[d];
    }
    /* a as (both, only a, summed), b as (both, summed, only b). */
    for (int k = 0; k < SHARES; k++) {
        static const enum share sides[2][SHARES] = {{BOTH, ONLY_A, ONLY_B, SUMMED},
                                                    {BOTH, ONLY_A, SUMMED, ONLY_B}};

        for (int side = 0; side < 2; side++) {
            for (int d = 0; d < dims; d++) {
                if (share[d] == sides[side][k])
                    order[side][at[side]++] = d;
            }
        }
    }
    for (int i = 0; i < dims; i++) {
        int64_t d = order[0][i];

        back[d] = i;
        size[i] = share[d] == SUMMED ? 1 : a->size[d] != 1 ? a->size[d] : b->size[d];
    }
    a = op_permute(t, a, dims, order[0]);
    b = op_permute(t, b, dims, order[1]);
    if (!a || !b)
        return NULL;
    a = op_reshape(t, a, 3, (int64_t[]){count[BOTH], count[ONLY_A], count[SUMMED]});
    b = op_reshape(t, b, 3, (int64_t[]){count[BOTH], count[SUMMED], count[ONLY_B]});
    y = op_bmm(t, a, b);
    y = y ? op_reshape(t, y, dims, size) : NULL;
    return y ? op_permute(t, y, dims, back) : NULL;
}

/* Sizes of one subscript agree, or are 1. */
static bool
check_sizes(struct tape *t, struct tensor *const *in, size_t count,
            const struct equation *e)
{
    for (int d = 0; d < e->dims; d++) {
        int64_t seen = 1;

        for (size_t k = 0; k < count; k++) {
            char c = '.';

            if (in[k]->size[d] == 1 || seen == 1 || in[k]->size[d] == seen) {
                seen = in[k]->size[d] == 1 ? seen : in[k]->size[d];
                continue;
            }
            for (int l = 0; l < LETTERS; l++)
                c = e->place[l] == d ? spelled(l) : c;
            return tape_fail(t, ERR_MALFORMED, "RuntimeError",
                             "einsum(): subscript %c has size %" PRId64
                             " for operand %zu which does not broadcast with previously "
                             "seen size %" PRId64,
                             c, in[k]->size[d], k, seen) != NULL;
        }
    }
    return true;
}

/* Dimensions to sum once operand `last` is in: no later one has them. */
static uint32_t
finished(struct tensor *const *in, size_t count, size_t last, const struct equation *e)
{
    uint32_t mask = 0;

    for (int d = e->kept; d < e->dims; d++) {
        bool later = false;

        for (size_t k = last + 1; k < count; k++)
            later = later || in[k]->size[d] != 1;
        mask |= later ? 0 : UINT32_C(1) << d;
    }
    return mask;
}

struct tensor *
op_einsum(struct tape *t, const char *text, struct tensor *const *in, size_t count)
{
    struct equation *e = heap_alloc(&t->heap, sizeof(*e));
    struct tensor *x[OPERANDS_MAX] = {NULL}, *y;
    int seen[LETTERS] = {0};
    const char *end = text;
    uint32_t mask;

    if (!e || count > OPERANDS_MAX)
        return e ? tape_fail(t, ERR_LIMIT, "RuntimeError", "einsum(): too many operands")
                 : tape_check(t, NULL);
    if (!read_operands(t, text, count, e, &end) ||
        (*end && !read_output(t, text, end + 2, e)) ||
        !check_operands(t, in, count, e, seen))
        return NULL;
    if (!*end)
        imply_output(e, seen);
    if (!arrange(t, e, seen))
        return NULL;
    for (size_t k = 0; k < count; k++) {
        x[k] = ordered(t, in[k], e, k);
        if (!x[k])
            return NULL;
    }
    if (!check_sizes(t, x, count, e))
        return NULL;
    y = x[0];
    for (size_t k = 1; y && k < count; k++)
        y = pair(t, y, x[k], finished(x, count, k, e));
    mask = finished(x, count, count - 1, e);
    if (y && mask && count == 1)
        y = op_sum_dims(t, y, mask, false);
    return y && y->dims != e->kept ? op_reshape(t, y, e->kept, y->size) : y;
}

RUN(einsum,
    call->out[0] = op_einsum(t, attr_text(call, "equation"), call->in, call->in_count))
