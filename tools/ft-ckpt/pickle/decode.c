/* decode.c: see decode.h. */
#include "pickle/decode.h"

#include "common/bytes.h"
#include "fault.h"
#include "pickle/machine.h"

#include <string.h>

static const struct opcode_info table[256] = {
#define OPCODE(name, code, operand, saved) [code] = {#name, OPERAND_##operand, saved},
#include "opcodes.def"
#undef OPCODE
};

const struct opcode_info *
opcode_info(uint8_t code)
{
    return &table[code];
}

static bool
truncated(const struct instruction *in, struct error *err)
{
    return fault(err, ERR_MALFORMED, "pickle-malformed",
                 "%s is cut off by the end of the pickle", in->info->name);
}

/* A length operand: the octets themselves follow it. */
static bool
take_bytes(const uint8_t *data, size_t size, struct instruction *in, struct error *err)
{
    if (in->number > PICKLE_SIZE_MAX)
        return fault(err, ERR_LIMIT, "resource-limit",
                     "%s announces %llu octets, more than the limit of %d",
                     in->info->name, (unsigned long long)in->number, PICKLE_SIZE_MAX);
    if (in->number > size - in->end)
        return fault(err, ERR_MALFORMED, "pickle-malformed",
                     "%s announces %llu octets, but %zu remain", in->info->name,
                     (unsigned long long)in->number, size - in->end);
    in->text = data + in->end;
    in->size = (size_t)in->number;
    in->end += in->size;
    return true;
}

static bool
take_line(const uint8_t *data, size_t size, struct instruction *in, const uint8_t **text,
          size_t *length, struct error *err)
{
    const uint8_t *line = data + in->end;
    const uint8_t *end = memchr(line, '\n', size - in->end);

    if (!end)
        return truncated(in, err);
    *text = line;
    *length = (size_t)(end - line);
    in->end += *length + 1;
    return true;
}

static const uint8_t fixed_size[] = {
    [OPERAND_NOTHING] = 0,   [OPERAND_U8] = 1,        [OPERAND_U16] = 2,
    [OPERAND_U32] = 4,       [OPERAND_U64] = 8,       [OPERAND_I32] = 4,
    [OPERAND_F64] = 8,       [OPERAND_BYTES_U8] = 1,  [OPERAND_BYTES_U32] = 4,
    [OPERAND_BYTES_U64] = 8, [OPERAND_BYTES_I32] = 4, [OPERAND_LINE] = 0,
    [OPERAND_TWO_LINES] = 0,
};

static uint64_t
get_le(const uint8_t *p, size_t n)
{
    return n == 1 ? p[0] : n == 2 ? get_le16(p) : n == 4 ? get_le32(p) : get_le64(p);
}

static bool
take_operand(const uint8_t *data, size_t size, struct instruction *in, struct error *err)
{
    size_t n = fixed_size[in->info->operand];

    if (n > size - in->end)
        return truncated(in, err);
    if (n > 0)
        in->number = get_le(data + in->end, n);
    in->end += n;
    switch (in->info->operand) {
    case OPERAND_I32: in->number = (uint64_t)(int64_t)(int32_t)in->number; return true;
    case OPERAND_F64:
        in->number = get_be64(data + in->end - 8);
        memcpy(&in->real, &in->number, 8);
        return true;
    case OPERAND_BYTES_I32:
        if (in->number > INT32_MAX)
            return fault(err, ERR_MALFORMED, "pickle-malformed",
                         "%s has a negative length", in->info->name);
        return take_bytes(data, size, in, err);
    case OPERAND_BYTES_U8:
    case OPERAND_BYTES_U32:
    case OPERAND_BYTES_U64: return take_bytes(data, size, in, err);
    case OPERAND_LINE: return take_line(data, size, in, &in->text, &in->size, err);
    case OPERAND_TWO_LINES:
        return take_line(data, size, in, &in->text, &in->size, err) &&
               take_line(data, size, in, &in->text2, &in->size2, err);
    case OPERAND_NOTHING:
    case OPERAND_U8:
    case OPERAND_U16:
    case OPERAND_U32:
    case OPERAND_U64: return true;
    }
    return true;
}

bool
decode(const uint8_t *data, size_t size, size_t at, struct instruction *out,
       struct error *err)
{
    *out = (struct instruction){
        .code = (enum opcode)data[at], .info = &table[data[at]], .at = at, .end = at + 1};
    if (!out->info->name) {
        (void)fault(err, ERR_MALFORMED, "pickle-malformed", "unknown opcode 0x%02x",
                    data[at]);
        return error_at_byte(err, at);
    }
    return take_operand(data, size, out, err) || error_at_byte(err, at);
}

void
pickle_opcodes(const uint8_t *data, size_t size, pickle_visit *visit, void *context)
{
    struct error ignored = {0};
    size_t at = 0;

    while (at < size) {
        struct instruction in;
        struct pickle_opcode seen;

        if (!decode(data, size, at, &in, &ignored))
            return;
        seen = (struct pickle_opcode){in.info->name, (uint8_t)in.code, at};
        if (!visit(context, &seen) || in.code == OP_STOP)
            return;
        at = in.end;
    }
}
