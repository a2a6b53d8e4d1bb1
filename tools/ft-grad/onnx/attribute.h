/*
 * attribute.h: an attribute of an ONNX node as one of an operator call.
 */
#ifndef FTG_ONNX_ATTRIBUTE_H
#define FTG_ONNX_ATTRIBUTE_H

#include "ops/operators.h"

#include "common/arena.h"

struct Onnx__AttributeProto;

/*
 * Its type must be the one that the operator's line says; an attribute that the operator
 * lacks is left to op_call_set() to refuse.  Lists of words are joined by commas.
 */
MUST_CHECK bool onnx_attribute_read(struct arena *arena, const struct operator* op,
                                    const struct Onnx__AttributeProto *a,
                                    const char *label, struct op_attr *out,
                                    struct error *err);

#endif
