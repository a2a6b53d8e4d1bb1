/*
 * operators.h: ONNX's operators as programs call them, "onnx.Conv.11": the operator as
 * it stands since that opset.
 *
 * The lines of operators.def say what is supported.  A call is checked against its
 * line, then 16-bit floats are widened where there is arithmetic, then the kernel runs.
 */
#ifndef FTG_OPS_ONNX_OPERATORS_H
#define FTG_OPS_ONNX_OPERATORS_H

#include "ops/operators.h"

enum { ONNX_OPSET_MIN = 1, ONNX_OPSET_MAX = 22 };
enum onnx_flags { ONNX_MOVE = 1, ONNX_GRAD = 2 };

struct onnx_operator {
    struct operator base;
    const char *name; /* "Conv" */
    int since, until; /* opset versions */
    unsigned flags;   /* enum onnx_flags */
    const char *types;
    void (*kernel)(struct tape *t, struct op_call *call);
};

extern const struct onnx_operator onnx_operators[];
extern const size_t onnx_operators_count;

/* "onnx.Conv.11", or NULL. */
const struct operator* onnx_operator_find(const char *name);
/* The line for an operator at an opset version; NULL when there is none. */
const struct onnx_operator *onnx_operator_at(const char *name, int64_t opset);
/* The line behind a call's operator. */
const struct onnx_operator *onnx_operator_of(const struct op_call *call);

/* One place of a types column. */
struct onnx_slot {
    char letter;
    const char *set; /* type codes; of a letter's later places: of its first one */
    size_t set_size;
    bool optional, variadic;
};

/* Slot by slot: inputs, then after false is returned once, outputs. */
bool onnx_next_slot(const struct onnx_operator *op, const char **at,
                    struct onnx_slot *slot);
/* Is there an input i, and may a call do without it? */
bool onnx_may_leave_out(const struct onnx_operator *op, size_t i);
char onnx_type_code(enum tensor_type type);
/* "float32, float64", of a set of codes. */
enum { ONNX_SET_TEXT = 160 };
const char *onnx_set_text(const char *set, size_t size, char out[static ONNX_SET_TEXT]);

/*
 * Do the types of the inputs (TENSOR_TYPES: left out) fit, and how many there are?
 * Sets those of the outputs.  False after a failure that says what is supported.
 */
bool onnx_check_types(struct tape *t, const struct op_call *call,
                      const enum tensor_type *in, enum tensor_type *out);

/* ONNX's number of an element type, as attributes have it; TENSOR_TYPES: none here. */
enum tensor_type onnx_type_of(int64_t data_type);
int64_t onnx_type_number(enum tensor_type type);
const char *onnx_type_name(int64_t data_type); /* "STRING"; "?" for an unknown one */

#define ONNX(name, since, until, flags, kernel, attrs, types)                            \
    void onnx_##kernel(struct tape *t, struct op_call *call);
#include "ops/onnx/operators.def"
#undef ONNX

#endif
