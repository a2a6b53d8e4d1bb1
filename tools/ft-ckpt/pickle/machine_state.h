/*
 * machine_state.h: the machine while it runs.  For machine.c and machine_build.c.
 *
 * The stack holds value pointers; a NULL is a MARK.
 */
#ifndef CKPT_PICKLE_MACHINE_STATE_H
#define CKPT_PICKLE_MACHINE_STATE_H

#include "pickle/decode.h"
#include "pickle/import.h"
#include "pickle/machine.h"
#include "pickle/memo.h"

struct machine {
    struct pickle *p;
    const uint8_t *data;
    size_t size;
    enum pickle_rules rules;
    struct value **stack; /* owned */
    size_t depth, capacity;
    size_t marks;
    struct memo memo;
    size_t frame_end; /* of the open frame, or 0 */
    struct import_table imports;
    struct value *none, *yes, *no;
    struct value *small[256]; /* BININT1 */
    struct error *err;
};

/* Fails with the opcode's name. */
bool machine_malformed(struct machine *m, const struct instruction *in, const char *what);

struct value *machine_make(struct machine *m, enum value_kind kind);
void machine_push(struct machine *m, struct value *v);
struct value *machine_top(const struct machine *m, size_t below);

/* n values on top, no mark among them. */
MUST_CHECK bool machine_need(struct machine *m, const struct instruction *in, size_t n);
/* The values above the last mark: stack[*first] to the top. */
MUST_CHECK bool machine_need_mark(struct machine *m, const struct instruction *in,
                                  size_t *first);
void machine_drop_to_mark(struct machine *m, size_t first);
void machine_append(struct machine *m, struct value *list, struct value *const *items,
                    size_t n);
void machine_push_text(struct machine *m, enum value_kind kind, const uint8_t *text,
                       size_t n);

/* Opcodes that push one constant, make a container, or fill one. */
MUST_CHECK bool machine_constant(struct machine *m, const struct instruction *in);
MUST_CHECK bool machine_container(struct machine *m, const struct instruction *in);
MUST_CHECK bool machine_add_items(struct machine *m, const struct instruction *in);

#endif
