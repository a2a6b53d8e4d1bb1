/*
 * nested.h: pickles hidden in the bytes of a pickle.
 *
 * Some loaders unpickle bytes again; a checkpoint has no reason to carry such.
 */
#ifndef CKPT_MODEL_NESTED_H
#define CKPT_MODEL_NESTED_H

#include "common/error.h"
#include "pickle/value.h"

/* Refuse bytes, or encoded text, that are a whole pickle which imports something. */
MUST_CHECK bool nested_check(const struct value *v, struct error *err);

/* The same for plain octets. */
MUST_CHECK bool nested_check_octets(const uint8_t *data, size_t size, struct error *err);

#endif
