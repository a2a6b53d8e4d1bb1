/*
 * dtype_switch.h: AT_DISPATCH_*: which of a kernel's cases a dtype selects.
 */
#ifndef PROFILES_DTYPE_SWITCH_H
#define PROFILES_DTYPE_SWITCH_H

#include "common/attr.h"
#include "common/buf.h"
#include "common/error.h"

#include <stdint.h>

/* In the order of c10::ScalarType. */
struct scalar_type {
    const char *name;   /* "Float", as messages have it */
    const char *python; /* "float32" */
    const char *c_type; /* "float", what scalar_t is */
};

struct dtype_kernel {
    const char *op, *kernel;
    uint32_t types; /* bits of scalar types that have a case */
};

/* By any of its names, or "torch.float32". */
MUST_CHECK bool scalar_type_find(const char *name, unsigned *out);
const struct scalar_type *scalar_type_at(unsigned type);

/* A CPU operator of torch 2.6; NULL when it is not in the table. */
const struct dtype_kernel *dtype_kernel_find(const char *op);
const struct dtype_kernel *dtype_kernel_at(size_t i);

/* "FLOATING_TYPES+Half+Bool": the sets of Dispatch.h and single types. */
MUST_CHECK bool dtype_cases_parse(const char *text, uint32_t *out, struct error *err);

/* "NAME" not implemented for 'TYPE' */
void dtype_refusal(const char *kernel, unsigned type, struct buf *out);

#endif
