/*
 * program.h: a list of operator calls over named tensors, and what to differentiate.
 *
 * The JSON form is documented in docs/ft-grad.md (ft-grad-program/1); cases of the
 * program kind have the same keys.
 */
#ifndef FTG_ENGINE_PROGRAM_PROGRAM_H
#define FTG_ENGINE_PROGRAM_PROGRAM_H

#include "engine/backward.h"
#include "ops/operators.h"

#include "common/arena.h"
#include "common/json_in.h"
#include "common/json_out.h"

struct program_leaf {
    uint32_t value; /* its number */
    bool requires_grad;
    bool input; /* fed anew at every run: not a constant */
    enum tensor_type type;
    int dims;
    int64_t size[TENSOR_DIMS_MAX];
    const double *data;    /* arena; NULL: in octets, or to be bound before the run */
    const uint8_t *octets; /* borrowed from a file; instead of data, as in memory */
};

struct program_op {
    const struct operator* op;
    uint32_t in[CALL_INPUTS_MAX]; /* numbers of values; UINT32_MAX: left out */
    size_t in_count;
    uint32_t *out; /* arena */
    size_t out_count;
    struct op_attr *attrs; /* arena */
    size_t attr_count;
    unsigned thread; /* whose sequence numbers it takes: 0 the caller, 1.. workers */
    bool in_place;   /* the result is written into the first input */
    /* A group of element-wise operators instead of op, each reading the one before. */
    struct program_op *fused; /* arena */
    size_t fused_count;
    const char *label; /* for messages, arena; NULL: the name of the first output */
};

struct program_root {
    uint32_t value;
    const double *grad; /* arena, in the root's shape; NULL: ones, for a scalar */
    size_t grad_count;
};

struct trace;
struct weights;
struct program_hook;

/* A hook that ran; in the tape's heap. */
struct hook_event {
    const struct program_hook *hook;
    struct hook_event *next;
};

struct hook_log {
    struct hook_event *first, **last;
};

struct program {
    struct arena arena; /* everything below */
    enum tensor_type type;
    char **names; /* of values */
    uint32_t values, values_capacity;
    uint32_t *slots; /* values by name: number + 1, 0 is free; a power of two of them */
    uint32_t slot_count;
    struct weights *weights; /* owned: the file of leaves without data; or NULL */
    char *weights_path;      /* arena */
    struct program_leaf *leaves;
    size_t leaf_count;
    struct program_op *ops;
    size_t op_count;
    struct program_root *roots;
    size_t root_count;
    bool is_grad;     /* grad(), else backward() */
    uint32_t *inputs; /* NULL: none named */
    size_t input_count;
    bool allow_unused, create_graph, retain_graph;
    struct program_hook *hooks; /* see program_hooks.h */
    size_t hook_count;
};

/* From the members of a JSON object; other members than those of a program are the
 * caller's to judge. */
MUST_CHECK bool program_read(struct program *p, const struct json_doc *doc,
                             const struct json *node, struct error *err);
/* From a file with schema ft-grad-program/1, or a case of the program kind. */
MUST_CHECK bool program_open(struct program *p, const char *path, struct error *err);
/* Into two files: the program as JSON, and `tensors` beside it for leaves that have raw
 * octets (NULL: there are none). */
MUST_CHECK bool program_save(const struct program *p, const char *path,
                             const char *tensors, struct error *err);
void program_clear(struct program *p);

/* Put the members of a JSON object (may be NULL) into a call, as attributes. */
bool program_attrs(const struct json_doc *doc, const struct json *attrs,
                   struct arena *arena, struct tape *t, struct op_call *call);

/* A new value; the name is none that exists. */
uint32_t program_add_value(struct program *p, const char *name);
/* The number of a named value, or UINT32_MAX. */
uint32_t program_value(const struct program *p, const char *name);

/* The leaves as tensors, in order; and a forward run from such (trace may be NULL). */
bool program_leaves(const struct program *p, struct tape *t, struct tensor **leaves);
/* The same for leaves that are NULL; the others are bound already. */
bool program_leaves_but(const struct program *p, struct tape *t, struct tensor **leaves);
bool program_forward_from(const struct program *p, struct tape *t,
                          struct tensor **tensors, struct tensor *const *leaves,
                          struct trace *trace);

/* One call of op on tensors of its own; false with the tape's error set. */
bool program_call(struct tape *t, const struct program_op *op, const char *label,
                  struct tensor *const *in, struct tensor **out);

/*
 * Run forward: tensors[i] becomes value i.  False with the tape's error set.
 */
bool program_forward(const struct program *p, struct tape *t, struct tensor **tensors);
/* Then backward, as the program's call says. */
bool program_backward(const struct program *p, struct tape *t, struct tensor **tensors,
                      enum schedule_order order, struct backward_report *report);

/* One tensor as {"shape", "data"}, or its data only; hexadecimal floats. */
void tensor_write(struct json_out *j, const char *key, struct heap *h, struct tensor *x);
void tensor_write_data(struct json_out *j, const char *key, struct heap *h,
                       struct tensor *x);

/* {"nodes", "roots", "inputs"}, as cases have it. */
void tape_graph_write(struct json_out *j, const char *key, const struct tape_graph *g,
                      size_t roots, size_t inputs);

/* A number, hexadecimal in a string or decimal. */
MUST_CHECK bool program_number(const struct json *node, double *out);

#endif
