/*
 * danger.h: when a pickle is refused, the most important reason is what it imports.
 */
#ifndef CKPT_MODEL_DANGER_H
#define CKPT_MODEL_DANGER_H

#include "common/error.h"

#include <stddef.h>

/*
 * *err already says why data is refused.  If some loader would import something
 * dangerous from it, say that instead.  Returns false.
 */
bool danger_prefer(const char *name, const uint8_t *data, size_t size, uint64_t at,
                   struct error *err);

#endif
