/*
 * machine.h: the pickle virtual machine, without the part that executes.
 *
 * It is iterative: nesting costs heap, never C stack.  Each length is checked
 * against the bytes that remain before it is used; the number of values, the
 * memo, open marks and the pickle's size are bounded.  The machine knows no
 * container and no policy: it reports which globals were named, and where.
 */
#ifndef CKPT_PICKLE_MACHINE_H
#define CKPT_PICKLE_MACHINE_H

#include "common/arena.h"
#include "common/error.h"
#include "pickle/value.h"

enum {
    PICKLE_SIZE_MAX = 512 << 20, /* octets of one pickle */
    PICKLE_VALUES_MAX = 32 << 20,
    PICKLE_MARKS_MAX = 1000, /* open MARKs; Python cannot write more */
    PICKLE_DEPTH_MAX = 1000, /* nesting a walk follows */
    PICKLE_GLOBALS_MAX = 1 << 16,
};

struct pickle {
    struct arena arena;     /* owns everything below */
    struct value *root;     /* of STOP */
    struct global *globals; /* in order of appearance */
    size_t global_count;
    size_t values;   /* made so far */
    size_t size;     /* octets consumed, through STOP */
    uint8_t proto;   /* highest protocol: of PROTO, or 0 */
    bool has_bytes;  /* some value is bytes, bytearray or a byte string */
    bool persistent; /* BINPERSID or PERSID occurs */
};

enum pickle_rules {
    PICKLE_STRICT,  /* only what torch.save emits */
    PICKLE_LENIENT, /* every opcode; for scanning what others would execute */
};

/*
 * Run the pickle at the start of data.  On failure p holds the globals met so far
 * (a scanner wants them).  Clear p either way.  Offsets in *err count from data.
 */
MUST_CHECK bool pickle_run(struct pickle *p, const uint8_t *data, size_t size,
                           enum pickle_rules rules, struct error *err);
void pickle_clear(struct pickle *p);

/* Which opcodes occur, for the preflight: called for each in order. */
struct pickle_opcode {
    const char *name;
    uint8_t code;
    uint64_t at;
};
typedef bool pickle_visit(void *context, const struct pickle_opcode *opcode);
/* Decode without running; stops at STOP, at a false from visit, or at a fault. */
void pickle_opcodes(const uint8_t *data, size_t size, pickle_visit *visit, void *context);

#endif
