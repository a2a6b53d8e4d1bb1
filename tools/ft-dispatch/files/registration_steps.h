/*
 * registration_steps.h: one operator's list of registrations, token by token.
 *
 * Private to the reader of registrations.h.
 */
#ifndef FILES_REGISTRATION_STEPS_H
#define FILES_REGISTRATION_STEPS_H

#include "files/registrations.h"

/* A member's name, matched against a table; each may stand once. */
struct field {
    const char *name;
    enum json_token type; /* JSON_TOKEN_TRUE stands for both booleans */
    bool nullable;
};

/* The next token; a complaint about the current one; a copy of its text. */
MUST_CHECK bool registration_next(struct registrations *f, enum json_token *token,
                                  struct error *err);
bool registration_fail(struct registrations *f, struct error *err, enum error_class class,
                       const char *message);
char *registration_keep(struct arena *arena, const struct json_scan *s);

/*
 * The next member of an open object: *which is its place in the table, *token its
 * value's first token; *more is false at the object's end.
 */
MUST_CHECK bool registration_member(struct registrations *f, const struct field fields[],
                                    unsigned *seen, unsigned *which,
                                    enum json_token *token, bool *more,
                                    struct error *err);
/* The next element of an array of objects; *more is false at its end. */
MUST_CHECK bool registration_element(struct registrations *f, bool *more,
                                     struct error *err);

/* The members of a step, as bits of read_step.seen. */
enum { S_DO, S_KEY, S_KERNEL, S_DEBUG, S_STEP, S_INACTIVE };

struct read_step {
    struct step step;
    unsigned seen;
    bool inactive;
};

/* The rest of an object that has been opened. */
MUST_CHECK bool registration_read(struct registrations *f, struct read_step *r,
                                  struct error *err);
/* The arrays "steps" and "registrations", into f->replay. */
MUST_CHECK bool registration_read_steps(struct registrations *f, struct error *err);
MUST_CHECK bool registration_read_dump(struct registrations *f, struct error *err);

#endif
