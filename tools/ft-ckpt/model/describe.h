/*
 * describe.h: a pickled value as the JSON of the listings.
 *
 * {"type": ..., "value": ...}; floats also carry their bits.  Keys are sorted and
 * separated as Python's json.dumps(sort_keys=True) does, because a dict key that is
 * neither text nor an integer becomes part of its entry's name that way.
 */
#ifndef CKPT_MODEL_DESCRIBE_H
#define CKPT_MODEL_DESCRIBE_H

#include "common/buf.h"
#include "common/json_out.h"
#include "pickle/value.h"

/* What a call of a well-known function amounts to. */
enum meaning {
    MEANING_NONE, /* no special meaning */
    MEANING_ORDERED_DICT,
    MEANING_COUNTER,
    MEANING_SET,
    MEANING_COMPLEX,
    MEANING_BYTES,
    MEANING_BYTEARRAY,
    MEANING_SIZE,
    MEANING_DEVICE,
    MEANING_LAYOUT,
};

enum meaning describe_meaning(const struct value *v);

/* "int", "OrderedDict", "object", ... */
const char *describe_type(const struct value *v);

/* Members "value" (and "bits") of an open object; counts for containers. */
void describe_leaf(const struct value *v, struct json_out *j);

/* The "value" as JSON text. */
void describe_text(const struct value *v, struct buf *out);

/* {"key": {"type": ..., "value": ...}} as text. */
void describe_key(const struct value *v, struct buf *out);

/* The octets of bytes, bytearray or what _codecs.encode(text, "latin1") gives. */
void describe_octets(const struct value *v, struct buf *out);

/* Decimal digits of a VALUE_BIGINT. */
void describe_bigint(const struct value *v, struct buf *out);

#endif
