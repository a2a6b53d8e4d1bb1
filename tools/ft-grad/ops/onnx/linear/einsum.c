/*
 * einsum.c: sums of products by an equation such as "bij,bjk->bik".
 *
 * Every operand is brought to all labels of the equation, operands are multiplied one
 * by one, and what the result does not name is summed.  With two operands the labels
 * that only both share and the result lacks go through a matrix product.
 */
#include "ops/onnx/kernel.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

enum { LABELS_MAX = 52 + TENSOR_DIMS_MAX };

/* Labels by number: letters, then 52 + k for the dimensions of an ellipsis. */
struct labels {
    int count;
    int label[TENSOR_DIMS_MAX];
};

static int
letter_number(char c)
{
    return c >= 'a' && c <= 'z' ? c - 'a' : c - 'A' + 26;
}

/* The labels of one term; `dims` (or -1 for the result) tells what "..." stands for. */
static bool
read_term(struct tape *t, struct op_call *call, const char *term, size_t size, int dims,
          int *broadcast, struct labels *out)
{
    int letters = 0;
    size_t i = 0;

    out->count = 0;
    for (size_t k = 0; k < size; k++)
        letters += isalpha((unsigned char)term[k]) != 0;
    if (dims >= 0 && memchr(term, '.', size) && dims - letters > *broadcast)
        *broadcast = dims - letters;
    while (i < size) {
        int many = dims >= 0 ? dims - letters : *broadcast;

        if (isalpha((unsigned char)term[i]) && out->count < TENSOR_DIMS_MAX) {
            out->label[out->count++] = letter_number(term[i++]);
        } else if (i + 3 <= size && strncmp(term + i, "...", 3) == 0 && many >= 0 &&
                   out->count + many <= TENSOR_DIMS_MAX) {
            for (int k = many; k > 0; k--)
                out->label[out->count++] = 52 + k - 1;
            i += 3;
        } else {
            (void)onnx_malformed(t, call, "equation: '%.*s'", (int)size, term);
            return false;
        }
    }
    if (dims >= 0 && out->count != dims) {
        (void)onnx_malformed(t, call, "equation: '%.*s' for %d dimensions", (int)size,
                             term, dims);
        return false;
    }
    return true;
}

/* x over all of `order`, sizes of 1 where it lacks a label; repeated labels: diagonal. */
static struct tensor *
align(struct tape *t, struct op_call *call, struct tensor *x, struct labels l,
      const struct labels *order)
{
    int64_t permuted[TENSOR_DIMS_MAX], size[TENSOR_DIMS_MAX];
    int n = 0;

    for (int i = 0; i < l.count; i++) {
        for (int k = i + 1; k < l.count; k++) {
            if (l.label[i] != l.label[k])
                continue;
            const struct onnx_number attrs[] = {{"dim1", i}, {"dim2", k}};

            x = onnx_call(t, call, "diagonal", &x, 1, attrs, 2);
            /* The diagonal becomes the last dimension. */
            {
                int label = l.label[i];

                memmove(&l.label[k], &l.label[k + 1],
                        (size_t)(l.count - k - 1) * sizeof(int));
                memmove(&l.label[i], &l.label[i + 1],
                        (size_t)(l.count - i - 2) * sizeof(int));
                l.count--;
                l.label[l.count - 1] = label;
            }
            if (!x)
                return NULL;
            i = -1;
            break;
        }
    }
    for (int d = 0; d < order->count; d++) {
        size[d] = 1;
        for (int i = 0; i < l.count; i++) {
            if (l.label[i] == order->label[d]) {
                permuted[n++] = i;
                size[d] = x->size[i];
            }
        }
    }
    return op_reshape(t, op_permute(t, x, l.count, permuted), order->count, size);
}

static bool
has(const struct labels *l, int label)
{
    for (int i = 0; i < l->count; i++) {
        if (l->label[i] == label)
            return true;
    }
    return false;
}

/* Labels of the result, then the others, all in `order`. */
static bool
order_labels(struct tape *t, struct op_call *call, const struct labels *terms,
             size_t count, const struct labels *result, struct labels *order)
{
    *order = *result;
    for (int i = 0; i < result->count; i++) {
        bool known = false;

        for (size_t k = 0; k < count; k++)
            known = known || has(&terms[k], result->label[i]);
        for (int k = 0; k < i; k++)
            known = known && result->label[k] != result->label[i];
        if (!known) {
            (void)onnx_malformed(t, call,
                                 "equation: a label of the result is unknown or "
                                 "stands there twice");
            return false;
        }
    }
    for (size_t k = 0; k < count; k++) {
        for (int i = 0; i < terms[k].count; i++) {
            if (has(order, terms[k].label[i]))
                continue;
            if (order->count == TENSOR_DIMS_MAX) {
                (void)onnx_unsupported(t, call, "more than %d labels",
                                       (int)TENSOR_DIMS_MAX);
                return false;
            }
            order->label[order->count++] = terms[k].label[i];
        }
    }
    return true;
}

/* Without "->": labels that stand there once, in order of the alphabet. */
static void
implicit_result(const struct labels *terms, size_t count, int broadcast,
                struct labels *result)
{
    result->count = 0;
    for (int k = broadcast; k > 0; k--)
        result->label[result->count++] = 52 + k - 1;
    for (int c = 0; c < 52; c++) {
        int label = c < 26 ? c + 26 : c - 26, times = 0; /* capitals first */

        for (size_t k = 0; k < count; k++) {
            for (int i = 0; i < terms[k].count; i++)
                times += terms[k].label[i] == label;
        }
        if (times == 1 && result->count < TENSOR_DIMS_MAX)
            result->label[result->count++] = label;
    }
}

static struct tensor *
multiply(struct tape *t, struct tensor *a, struct tensor *b)
{
    if (!a || !b)
        return NULL;
    return tensor_is_real(a) ? op_mul(t, a, b) : onnx_int_binary(t, ONNX_MUL, a, b);
}

/* Sum over the dimensions from `keep` on. */
static struct tensor *
sum_behind(struct tape *t, struct tensor *x, int keep)
{
    if (!x || x->dims == keep)
        return x;
    if (tensor_is_real(x))
        return op_sum_dims(
            t, x, ((UINT32_C(1) << x->dims) - 1) & ~((UINT32_C(1) << keep) - 1), false);
    while (x && x->dims > keep) {
        struct tensor *sum = op_select(t, x, keep, 0);

        for (int64_t i = 1; sum && i < x->size[keep]; i++)
            sum = onnx_int_binary(t, ONNX_ADD, sum, op_select(t, x, keep, i));
        x = sum;
    }
    return x;
}

/* Terms and result of the equation, spaces left out. */
static bool
read_equation(struct tape *t, struct op_call *call, struct labels *terms,
              struct labels *result)
{
    char text[512] = "";
    const char *equation = attr_text(call, "equation"), *arrow, *p = text;
    size_t size = 0;
    int broadcast = 0;

    for (const char *c = equation; *c && size + 1 < sizeof(text); c++) {
        if (*c != ' ')
            text[size++] = *c;
    }
    text[size] = 0;
    arrow = strstr(text, "->");
    for (size_t k = 0; k < call->in_count; k++) {
        size_t n = strcspn(p, ",-");

        if (!read_term(t, call, p, n, call->in[k]->dims, &broadcast, &terms[k]))
            return false;
        p += n;
        if (k + 1 < call->in_count && *p++ != ',') {
            (void)onnx_malformed(t, call, "equation '%s' for %zu inputs", equation,
                                 call->in_count);
            return false;
        }
    }
    if (p != (arrow ? arrow : text + size)) {
        (void)onnx_malformed(t, call, "equation '%s' for %zu inputs", equation,
                             call->in_count);
        return false;
    }
    if (arrow)
        return read_term(t, call, arrow + 2, strlen(arrow + 2), -1, &broadcast, result);
    implicit_result(terms, call->in_count, broadcast, result);
    return true;
}

/*
 * Two operands over `order`: labels of both and of the result are the batch, labels of
 * both alone are summed by a matrix product.
 */
static struct tensor *
contract(struct tape *t, struct tensor *a, struct tensor *b, int kept)
{
    int64_t order[TENSOR_DIMS_MAX], back[TENSOR_DIMS_MAX], size[TENSOR_DIMS_MAX];
    int64_t batch = 1, rows = 1, columns = 1, inner = 1;
    int n = 0, dims = a->dims;

    /* 0 batch, 1 rows (a only), 2 columns (b only), 3 inner */
    for (int group = 0; group < 4; group++) {
        for (int d = 0; d < dims; d++) {
            bool in_a = a->size[d] != 1, in_b = b->size[d] != 1;
            int what = d >= kept ? 3 : in_a && in_b ? 0 : in_b ? 2 : 1;

            if (in_a && in_b && a->size[d] != b->size[d])
                return tape_fail(t, ERR_MALFORMED, "malformed", "sizes that do not fit");
            if (d >= kept && in_a != in_b)
                return NULL; /* summed in one operand only */
            if (what != group)
                continue;
            order[n] = d;
            size[n++] = in_a ? a->size[d] : b->size[d];
            *(group == 0   ? &batch
              : group == 1 ? &rows
              : group == 2 ? &columns
                           : &inner) *= in_a ? a->size[d] : b->size[d];
        }
    }
    {
        const int64_t left[3] = {batch, rows, inner}, right[3] = {batch, columns, inner};

        a = op_reshape(t, op_permute(t, a, dims, order), 3, left);
        b = op_reshape(t, op_permute(t, b, dims, order), 3, right);
    }
    a = op_bmm(t, a, op_transpose(t, b, 1, 2));
    a = op_reshape(t, a, kept, size);
    for (int d = 0; d < kept; d++)
        back[order[d]] = d;
    return op_permute(t, a, kept, back);
}

void
onnx_einsum(struct tape *t, struct op_call *call)
{
    struct labels terms[CALL_INPUTS_MAX], result, order;
    struct tensor *y = NULL;

    if (!read_equation(t, call, terms, &result) ||
        !order_labels(t, call, terms, call->in_count, &result, &order))
        return;
    for (size_t k = 0; k < call->in_count && !t->failed; k++) {
        struct tensor *x = align(t, call, call->in[k], terms[k], &order), *fast = NULL;
        bool last = k + 1 == call->in_count;

        if (x && y && last && k == 1 && tensor_is_real(x) && order.count > result.count)
            fast = contract(t, y, x, result.count);
        if (t->failed)
            return;
        if (fast) {
            call->out[0] = fast;
            return;
        }
        y = y ? multiply(t, y, x) : x;
    }
    call->out[0] = sum_behind(t, y, result.count);
}
