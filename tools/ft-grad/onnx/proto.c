/*
 * proto.c: see proto.h.  The wire format:
 * https://protobuf.dev/programming-guides/encoding
 */
#include "onnx/proto.h"

#include "onnx.pb-c.h"

#include "common/utf8.h"

#include <inttypes.h>
#include <string.h>

enum wire { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_LENGTH = 2, WIRE_32 = 5 };

struct level {
    const ProtobufCMessageDescriptor *message;
    size_t end;
    uint64_t seen; /* singular fields, by their place in the descriptor */
};

struct walk {
    const uint8_t *data;
    size_t size, at;
    struct level level[PROTO_DEPTH_MAX];
    int depth;
    size_t fields; /* so far: what is built from them takes up to 300 octets each */
    struct error *err;
};

static bool
fail(struct walk *w, const char *what)
{
    (void)error_set(w->err, ERR_MALFORMED, "not an ONNX file: %s", what);
    return error_at_byte(w->err, w->at);
}

static bool
read_varint(struct walk *w, uint64_t *out)
{
    *out = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t octet;

        if (w->at >= w->level[w->depth].end)
            return fail(w, "a number that is cut off");
        octet = w->data[w->at++];
        *out |= (uint64_t)(octet & 127) << shift;
        if (octet < 128)
            return true;
    }
    return fail(w, "a number of more than 64 bits");
}

static bool
is_number(ProtobufCType type)
{
    return type != PROTOBUF_C_TYPE_STRING && type != PROTOBUF_C_TYPE_BYTES &&
           type != PROTOBUF_C_TYPE_MESSAGE;
}

static enum wire
wire_of(ProtobufCType type)
{
    if (!is_number(type))
        return WIRE_LENGTH;
    if (type == PROTOBUF_C_TYPE_FLOAT || type == PROTOBUF_C_TYPE_FIXED32 ||
        type == PROTOBUF_C_TYPE_SFIXED32)
        return WIRE_32;
    if (type == PROTOBUF_C_TYPE_DOUBLE || type == PROTOBUF_C_TYPE_FIXED64 ||
        type == PROTOBUF_C_TYPE_SFIXED64)
        return WIRE_64;
    return WIRE_VARINT;
}

/* Members of a oneof share a bit with each other; two of them are one too many. */
static bool
check_once(struct walk *w, const ProtobufCFieldDescriptor *field)
{
    struct level *l = &w->level[w->depth];
    ptrdiff_t place = field - l->message->fields;
    bool choice = field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF;
    uint64_t bit = UINT64_C(1) << (choice ? 63 : place & 63);

    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return true;
    if (l->seen & bit) {
        (void)error_set(w->err, ERR_MALFORMED, "not an ONNX file: %s.%s is given twice",
                        l->message->short_name, field->name);
        return error_at_byte(w->err, w->at);
    }
    l->seen |= bit;
    return true;
}

static bool
is_text(const uint8_t *p, size_t size)
{
    while (size > 0) {
        size_t n = p[0] == 0 ? 0 : utf8_length(p, size);

        if (n == 0)
            return false;
        p += n;
        size -= n;
    }
    return true;
}

/* The octets of a text, or of numbers that are packed. */
static bool
check_content(struct walk *w, const ProtobufCFieldDescriptor *field, size_t end)
{
    uint64_t value;

    if (field->type == PROTOBUF_C_TYPE_STRING && !is_text(w->data + w->at, end - w->at))
        return fail(w, "text that is not UTF-8, or holds a NUL");
    if (is_number(field->type) && wire_of(field->type) == WIRE_VARINT) {
        struct level *l = &w->level[w->depth];
        size_t outer = l->end;

        l->end = end;
        while (w->at < end) {
            if (!read_varint(w, &value))
                return false;
        }
        l->end = outer;
    } else if (is_number(field->type) &&
               (end - w->at) % (wire_of(field->type) == WIRE_32 ? 4 : 8) != 0) {
        return fail(w, "packed numbers that are cut off");
    }
    w->at = end;
    return true;
}

static bool
walk_length(struct walk *w, const ProtobufCFieldDescriptor *field)
{
    struct level *l = &w->level[w->depth];
    uint64_t length;

    if (!read_varint(w, &length))
        return false;
    if (length > l->end - w->at)
        return fail(w, "a length beyond the end");
    if (field->type != PROTOBUF_C_TYPE_MESSAGE)
        return check_content(w, field, w->at + (size_t)length);
    if (w->depth + 1 == PROTO_DEPTH_MAX)
        return fail(w, "nested too deep");
    w->level[++w->depth] =
        (struct level){.message = field->descriptor, .end = w->at + (size_t)length};
    return true;
}

static bool
walk_field(struct walk *w)
{
    struct level *l = &w->level[w->depth];
    const ProtobufCFieldDescriptor *field;
    uint64_t tag, value;
    unsigned wire;

    if (!read_varint(w, &tag))
        return false;
    if (++w->fields > PROTO_FIELDS_MAX) {
        (void)error_set(w->err, ERR_LIMIT, "more than %d fields", (int)PROTO_FIELDS_MAX);
        return error_at_byte(w->err, w->at);
    }
    field =
        tag >> 3 > 0 && tag >> 3 < 1 << 29
            ? protobuf_c_message_descriptor_get_field(l->message, (unsigned)(tag >> 3))
            : NULL;
    if (!field) {
        (void)error_set(w->err, ERR_UNSUPPORTED,
                        "%s has no field %" PRIu64 " in the ONNX version known here",
                        l->message->short_name, tag >> 3);
        return error_at_byte(w->err, w->at);
    }
    wire = tag & 7;
    if (!check_once(w, field))
        return false;
    if (wire == WIRE_LENGTH &&
        (!is_number(field->type) || field->label == PROTOBUF_C_LABEL_REPEATED))
        return walk_length(w, field);
    if (wire != (unsigned)wire_of(field->type) || wire == WIRE_LENGTH)
        return fail(w, "a field of another kind than the schema's");
    if (wire == WIRE_VARINT)
        return read_varint(w, &value);
    if (l->end - w->at < (wire == WIRE_32 ? 4 : 8))
        return fail(w, "a number that is cut off");
    w->at += wire == WIRE_32 ? 4 : 8;
    return true;
}

static bool
walk_all(struct walk *w)
{
    while (w->depth >= 0) {
        if (w->at == w->level[w->depth].end)
            w->depth--;
        else if (!walk_field(w))
            return false;
    }
    return true;
}

static void *
take(void *arena, size_t size)
{
    return arena_alloc(arena, size > 0 ? size : 1);
}

static void
give_back(void *arena, void *p)
{
    (void)arena; /* freed whole */
    (void)p;
}

static ProtobufCMessage *
unpack(struct arena *arena, const ProtobufCMessageDescriptor *message,
       const uint8_t *data, size_t size, struct error *err)
{
    struct walk w = {.data = data, .size = size, .err = err};
    ProtobufCAllocator allocator = {take, give_back, arena};
    ProtobufCMessage *out;

    w.level[0] = (struct level){.message = message, .end = size};
    if (!walk_all(&w))
        return NULL;
    out = protobuf_c_message_unpack(message, &allocator, size, data);
    if (!out)
        (void)error_set(err, ERR_MALFORMED,
                        "not an ONNX file: a field that must be there "
                        "is missing, or has an impossible value");
    return out;
}

struct Onnx__ModelProto *
proto_model(struct arena *arena, const uint8_t *data, size_t size, struct error *err)
{
    return (Onnx__ModelProto *)unpack(arena, &onnx__model_proto__descriptor, data, size,
                                      err);
}

struct Onnx__TensorProto *
proto_tensor(struct arena *arena, const uint8_t *data, size_t size, struct error *err)
{
    return (Onnx__TensorProto *)unpack(arena, &onnx__tensor_proto__descriptor, data, size,
                                       err);
}
