/*
 * stability.c: every special value alone, forward and backward of the sum.
 */
#include "engine/check/stability.h"

#include "engine/backward.h"

#include "ops/operators.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum form { FORM_ONE, FORM_TWO, FORM_ROWS };
enum { PARTS = 3, SPECIALS = 20, PAIR = 8, LINES = 11, LINE = 3 };

/* forward, then the gradient of each input */
struct entry {
    const char *name;
    enum form form;
    enum tensor_type type;
    const char *attribute;
    const char *want[PARTS];
};

static const struct entry entries[] = {
#define ONE(name, forward, gradient, forward32, gradient32)                              \
    {#name, FORM_ONE, TENSOR_F64, "", {forward, gradient, NULL}},                        \
        {#name, FORM_ONE, TENSOR_F32, "", {forward32, gradient32, NULL}},
#define TWO(name, forward, first, second)                                                \
    {#name, FORM_TWO, TENSOR_F64, "", {forward, first, second}},
#define ROWS(name, attribute, forward, gradient)                                         \
    {#name, FORM_ROWS, TENSOR_F64, attribute, {forward, gradient, NULL}},
#include "engine/check/stability.def"
#undef ONE
#undef TWO
#undef ROWS
};

/* As scripts/oracle/stability.py has them. */
static const double specials[2][SPECIALS] = {
    {(double)NAN,
     (double)INFINITY,
     -(double)INFINITY,
     0,
     -0.0,
     (double)FLT_MAX,
     -(double)FLT_MAX,
     (double)FLT_MIN,
     -(double)FLT_MIN,
     (double)FLT_MIN / 1024,
     89,
     -104,
     100,
     -130,
     1,
     -1,
     1e-9,
     3,
     -3,
     20.5},
    {(double)NAN,
     (double)INFINITY,
     -(double)INFINITY,
     0,
     -0.0,
     DBL_MAX,
     -DBL_MAX,
     DBL_MIN,
     -DBL_MIN,
     DBL_MIN / 1024,
     710,
     -746,
     100,
     -130,
     1,
     -1,
     1e-9,
     3,
     -3,
     20.5},
};
static const double pair[PAIR] = {
    (double)NAN, (double)INFINITY, -(double)INFINITY, 0, -0.0, 1e300, 1, -2};
static const double lines[LINES][LINE] = {
    {-(double)INFINITY, -(double)INFINITY, -(double)INFINITY},
    {(double)NAN, 0, 1},
    {(double)INFINITY, 0, 1},
    {-(double)INFINITY, 0, 1},
    {(double)INFINITY, -(double)INFINITY, 1},
    {(double)INFINITY, (double)INFINITY, 1},
    {1.7e308, 1.7e308, 1},
    {-1.7e308, -1.7e308, 0},
    {0, 0, 0},
    {0, -3, 2},
    {1000, -1000, 0}};

size_t
stability_rows(void)
{
    return COUNT_OF(entries);
}

static char
class_of(double x)
{
    if (isnan(x))
        return 'n';
    if (isinf(x))
        return x > 0 ? 'i' : 'j';
    if (x == 0)
        return signbit(x) ? 'o' : '0';
    return x > 0 ? '+' : '-';
}

static const char *
class_name(char class)
{
    switch (class) {
    case 'n': return "NaN";
    case 'i': return "inf";
    case 'j': return "-inf";
    case '0': return "0";
    case 'o': return "-0";
    default: return class == '+' ? "positive" : "negative";
    }
}

static size_t
case_count(const struct entry *e)
{
    return e->form == FORM_ONE ? SPECIALS : e->form == FORM_TWO ? PAIR * PAIR : LINES;
}

/* Case i of the entry: its inputs; returns how many. */
static size_t
make_inputs(struct tape *t, const struct entry *e, size_t i, struct tensor *in[2])
{
    int64_t size = e->form == FORM_ROWS ? LINE : 1;
    size_t count = e->form == FORM_TWO ? 2 : 1;

    for (size_t k = 0; k < count; k++) {
        in[k] = tape_check(t, tensor_new(&t->heap, e->type, 1, &size));
        if (!in[k])
            return 0;
        in[k]->requires_grad = true;
        for (int64_t j = 0; j < size; j++)
            tensor_set(in[k], j,
                       e->form == FORM_ROWS  ? lines[i][j]
                       : e->form == FORM_ONE ? specials[e->type == TENSOR_F64][i]
                       : k == 0              ? pair[i / PAIR]
                                             : pair[i % PAIR]);
    }
    return count;
}

/* Run the case; parts[0] is the result, the others are gradients. */
static bool
run_case(struct tape *t, const struct entry *e, size_t i, struct tensor *parts[PARTS])
{
    static const int64_t zero = 0;
    static const double real_zero = 0;
    const struct op_attr dim = {.name = e->attribute,
                                .is_integer = true,
                                .reals = &real_zero,
                                .ints = &zero,
                                .count = 1};
    struct op_call call = {
        .op = operator_find(e->name), .label = e->name, .out_count = 1};
    struct backward_report report = {0};
    struct tensor *in[2] = {NULL, NULL}, *root;
    size_t count = make_inputs(t, e, i, in);
    bool ok;

    call.in_count = count;
    memcpy(call.in, in, count * sizeof(in[0]));
    if (!call.op || call.in_count == 0 ||
        (e->attribute[0] && !op_call_set(t, &call, &dim)) || !op_call_run(t, &call))
        return false;
    parts[0] = call.out[0];
    root = op_sum(t, call.out[0]);
    ok = root && backward_run(t,
                              &(struct backward_call){
                                  .roots = &root, .root_count = 1, .accumulate = true},
                              &report);
    backward_report_clear(&report);
    for (size_t k = 0; ok && k < count && in[k]; k++) {
        parts[k + 1] = in[k]->grad;
        if (!in[k]->grad)
            parts[k + 1] = tensor_zeros(&t->heap, e->type, in[k]->dims, in[k]->size);
    }
    return ok;
}

/* Volta: exp is infinite above 88 and 0 below -126, log of 0 and below is NaN, softmax
 * of nothing but -inf is even. */
static char
expected(const struct entry *e, size_t part, size_t i, size_t at, bool volta)
{
    double x = e->form == FORM_ONE ? specials[e->type == TENSOR_F64][i] : 0;
    size_t each = strlen(e->want[part]) / case_count(e);
    char torch = e->want[part][i * each + at];

    if (!volta)
        return torch;
    if (strcmp(e->name, "exp") == 0 && (x > 88 || x < -126))
        return x > 0 ? 'i' : '0';
    if (strcmp(e->name, "log") == 0 && part == 0 && x <= 0)
        return 'n';
    if (strcmp(e->name, "softmax") == 0 && i == 0)
        return part == 0 ? '+' : '0';
    return torch;
}

static void
describe(const struct entry *e, size_t i, size_t part, char have, char want,
         struct stability_row *out)
{
    static const char *const names[] = {"result", "gradient", "second gradient"};
    char input[48];

    if (e->form == FORM_ROWS)
        (void)snprintf(input, sizeof(input), "(%g, %g, %g)", lines[i][0], lines[i][1],
                       lines[i][2]);
    else if (e->form == FORM_TWO)
        (void)snprintf(input, sizeof(input), "(%g, %g)", pair[i / PAIR], pair[i % PAIR]);
    else
        (void)snprintf(input, sizeof(input), "%g", specials[e->type == TENSOR_F64][i]);
    (void)snprintf(out->first, sizeof(out->first), "%s of %s is %s, not %s", names[part],
                   input, class_name(have), class_name(want));
}

static bool
is_finite_case(const struct entry *e, size_t i)
{
    if (e->form == FORM_ONE)
        return isfinite(specials[e->type == TENSOR_F64][i]);
    if (e->form == FORM_TWO)
        return isfinite(pair[i / PAIR]) && isfinite(pair[i % PAIR]);
    return isfinite(lines[i][0]) && isfinite(lines[i][1]) && isfinite(lines[i][2]);
}

static void
compare(struct tape *t, const struct entry *e, size_t i,
        struct tensor *const parts[PARTS], bool volta, struct stability_row *out)
{
    for (size_t part = 0; part < PARTS && e->want[part]; part++) {
        struct tensor *flat = tensor_contiguous(&t->heap, parts[part]);
        int64_t n = flat ? tensor_count(flat) : 0;

        for (int64_t k = 0; k < n; k++) {
            char have = class_of(tensor_get(flat, k));
            char want = expected(e, part, i, (size_t)k, volta);

            if (want == '?') /* torch's kinds of vector code disagree */
                continue;
            out->cells++;
            out->agree += have == want;
            out->bad += strchr("nij", have) && is_finite_case(e, i);
            if (have != want && out->first[0] == 0)
                describe(e, i, part, have, want, out);
        }
    }
}

bool
stability_run(size_t i, bool volta, struct stability_row *out, struct error *err)
{
    const struct entry *e = &entries[i];
    struct tape t;
    bool ok = true;

    memset(out, 0, sizeof(*out));
    out->name = e->name;
    out->type = e->type;
    tape_init(&t, TORCH_2_6);
    t.volta = volta;
    for (size_t k = 0; ok && k < case_count(e); k++) {
        struct tensor *parts[PARTS] = {NULL};

        ok = run_case(&t, e, k, parts);
        if (ok)
            compare(&t, e, k, parts, volta, out);
        else
            *err = t.error;
        tape_reset(&t);
    }
    tape_clear(&t);
    return ok;
}
