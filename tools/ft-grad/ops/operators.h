/*
 * operators.h: the operators by name, as programs call them.
 *
 * operators.def holds one line an operator; its function run_<name>() takes a call,
 * whose inputs and attributes were checked against that line, and sets the outputs.
 */
#ifndef FTG_OPS_OPERATORS_H
#define FTG_OPS_OPERATORS_H

#include "ops/ops.h"

enum { CALL_INPUTS_MAX = 64, CALL_OUTPUTS_MAX = 64, CALL_ATTRS_MAX = 16 };
enum { CALL_LIST_INPUTS = 16 }; /* operators that take as many are given a list */

/* An attribute's value: numbers with a shape (0 dims: one number), or a word. */
struct op_attr {
    const char *name;
    bool present;     /* given, or has a default */
    bool is_list;     /* [..]; dims says how deep */
    bool is_integer;  /* every number was written as an integer */
    const char *text; /* a string, or NULL; "inf" and "-inf" become numbers too */
    int dims;
    int64_t size[TENSOR_DIMS_MAX];
    const double *reals;
    const int64_t *ints; /* when is_integer */
    size_t count;
};

struct op_call {
    const struct operator* op;
    const char *label;                  /* for messages: the first output's name */
    struct tensor *in[CALL_INPUTS_MAX]; /* NULL: an optional input left out */
    size_t in_count;
    struct op_attr attr[CALL_ATTRS_MAX];
    size_t attr_count;
    struct tensor *out[CALL_OUTPUTS_MAX]; /* set by the function */
    size_t out_count;
};

struct operator
{
    const char *name;
    size_t min_inputs, max_inputs;
    size_t outputs;    /* 0: any number */
    const char *attrs; /* "dim:i keepdim:b=false": kinds i f b I F T s S, see .def */
    void (*run)(struct tape * t, struct op_call * call);
};

#define OPERATOR(name, min, max, outputs, attrs)                                         \
    void run_##name(struct tape *t, struct op_call *call);
#include "ops/operators.def"
#undef OPERATOR

extern const struct operator operators[];
extern const size_t operators_count;

/* By its name here ("conv2d") or by that of ONNX and the opset ("onnx.Conv.11"). */
const struct operator* operator_find(const char *name);

/*
 * Put a value into the call, NULL-terminated names are matched against op->attrs.
 * Unknown name, wrong kind, or a missing attribute without default: a failure that
 * names what is supported.
 */
bool op_call_set(struct tape *t, struct op_call *call, const struct op_attr *value);
/* Check the counts of inputs and outputs, fill in defaults. */
bool op_call_check(struct tape *t, struct op_call *call);
/* The same, run, check outputs. */
bool op_call_run(struct tape *t, struct op_call *call);

/* The operator that run() is, of one operand or two (else b is NULL), no attributes. */
struct tensor *op_apply(struct tape *t, void (*run)(struct tape *, struct op_call *),
                        struct tensor *a, struct tensor *b);

/* The function of an operator that is one statement: RUN(mm, call->out[0] = ...). */
#define RUN(name, ...)                                                                   \
    void run_##name(struct tape *t, struct op_call *call)                                \
    {                                                                                    \
        __VA_ARGS__;                                                                     \
    }

/* The kind of an attribute, or 0 when the operator has none of that name. */
char operator_attr_kind(const struct operator* op, const char *name);

/* Values of checked attributes. */
int64_t attr_int(const struct op_call *call, const char *name);
double attr_real(const struct op_call *call, const char *name);
bool attr_bool(const struct op_call *call, const char *name);
const char *attr_text(const struct op_call *call, const char *name);
bool attr_given(const struct op_call *call, const char *name);
const struct op_attr *attr_list(const struct op_call *call, const char *name);
/* The list as an int64 tensor of its shape. */
struct tensor *attr_index(struct tape *t, const struct op_call *call, const char *name);
/* The list as a real tensor of type. */
struct tensor *attr_tensor(struct tape *t, const struct op_call *call, const char *name,
                           enum tensor_type type);
/* One or `count` integers (a single one is repeated): kernel sizes, strides. */
void attr_ints(struct tape *t, const struct op_call *call, const char *name, int count,
               int64_t *out);
/* A list of dimensions as a mask; an absent or empty one is all of x's. */
uint32_t attr_dims(struct tape *t, const struct op_call *call, const char *name,
                   const struct tensor *x);

#endif
