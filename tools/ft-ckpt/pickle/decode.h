/*
 * decode.h: one pickle opcode with its operand, from bytes.
 */
#ifndef CKPT_PICKLE_DECODE_H
#define CKPT_PICKLE_DECODE_H

#include "common/error.h"

#include <stddef.h>
#include <stdint.h>

enum operand {
    OPERAND_NOTHING,
    OPERAND_U8,
    OPERAND_U16,
    OPERAND_U32,
    OPERAND_U64,
    OPERAND_I32,
    OPERAND_F64, /* big-endian */
    OPERAND_BYTES_U8,
    OPERAND_BYTES_U32,
    OPERAND_BYTES_U64,
    OPERAND_BYTES_I32,
    OPERAND_LINE,
    OPERAND_TWO_LINES,
};

enum opcode {
#define OPCODE(name, code, operand, saved) OP_##name = (code),
#include "opcodes.def"
#undef OPCODE
};

struct opcode_info {
    const char *name; /* NULL: no such opcode */
    enum operand operand;
    bool saved; /* torch.save emits it */
};

const struct opcode_info *opcode_info(uint8_t code);

struct instruction {
    enum opcode code;
    const struct opcode_info *info;
    size_t at, end; /* where it begins and where the next one does */
    uint64_t number;
    double real;
    const uint8_t *text, *text2; /* borrowed from the pickle */
    size_t size, size2;
};

/* The instruction at `at`; at < size.  Nothing outside data is touched. */
MUST_CHECK bool decode(const uint8_t *data, size_t size, size_t at,
                       struct instruction *out, struct error *err);

#endif
