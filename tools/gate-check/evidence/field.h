/*
 * field.h: members of a piece of evidence, with a reason for each that is not as it must
 * be.
 *
 * Absent: EVIDENCE_MISSING.  Another type: TYPE_ERROR.  Not finite, negative or too
 * large: RANGE_ERROR.  Each returns false after judging, and goes on being usable.
 */
#ifndef GATE_EVIDENCE_FIELD_H
#define GATE_EVIDENCE_FIELD_H

#include "evidence/evidence.h"

MUST_CHECK bool field_object(const struct evidence *e, const struct json *object,
                             const char *key, const struct json **out);
MUST_CHECK bool field_array(const struct evidence *e, const struct json *object,
                            const char *key, const struct json **out);
MUST_CHECK bool field_text(const struct evidence *e, const struct json *object,
                           const char *key, const char **out);
MUST_CHECK bool field_bool(const struct evidence *e, const struct json *object,
                           const char *key, bool *out);
MUST_CHECK bool field_u64(const struct evidence *e, const struct json *object,
                          const char *key, uint64_t *out);
/* A finite number in low..high. */
MUST_CHECK bool field_f64(const struct evidence *e, const struct json *object,
                          const char *key, double low, double high, double *out);
/* The text is `want`; otherwise `class` with both values.  May be asked for the reason
 * alone. */
bool field_is(const struct evidence *e, const struct json *object, const char *key,
              const char *want, enum reason_class class);
/* The root is an object whose "schema" is `schema`. */
MUST_CHECK bool field_schema(const struct evidence *e, const char *schema);
/* UNKNOWN_KEY for every key that is not in the NULL-terminated list.  As field_is(). */
bool field_only(const struct evidence *e, const struct json *object,
                const char *const keys[]);
/* The JSON pointer of a node, for reasons; in a static-size buffer. */
enum { FIELD_AT_SIZE = 256 };
const char *field_at(const struct evidence *e, const struct json *node, const char *key,
                     char out[static FIELD_AT_SIZE]);

#endif
