/*
 * fault.h: errors with the tool's own reason.
 *
 * Every refusal names one of a closed list of reasons ("zip-crc", "unsafe-global",
 * "tensor-bounds", ...) as the subclass of its error; ft-ckpt(1) lists them.
 */
#ifndef CKPT_FAULT_H
#define CKPT_FAULT_H

#include "common/error.h"

#include <stddef.h>

/* Set class, reason and message; always returns false. */
bool fault(struct error *err, enum error_class class, const char *reason, const char *fmt,
           ...) PRINTF_LIKE(4, 5);

/* n octets of untrusted text with everything unprintable escaped, cut to fit out. */
const char *fault_text(const void *text, size_t n, char *out, size_t size);

#endif
