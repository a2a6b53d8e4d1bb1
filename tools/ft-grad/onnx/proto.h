/*
 * proto.h: ONNX's messages out of untrusted octets.
 *
 * Before protobuf-c builds anything, the octets are walked along the schema: field
 * numbers and wire types, lengths, nesting, text in UTF-8, no singular field twice.
 */
#ifndef FTG_ONNX_PROTO_H
#define FTG_ONNX_PROTO_H

#include "common/arena.h"
#include "common/error.h"

#include <stddef.h>
#include <stdint.h>

struct Onnx__ModelProto;
struct Onnx__TensorProto;

enum { PROTO_DEPTH_MAX = 48, PROTO_FIELDS_MAX = 8000000 };

/* The message, in memory of the arena; NULL when the octets are refused. */
struct Onnx__ModelProto *proto_model(struct arena *arena, const uint8_t *data,
                                     size_t size, struct error *err);
struct Onnx__TensorProto *proto_tensor(struct arena *arena, const uint8_t *data,
                                       size_t size, struct error *err);

#endif
