/*
 * serde_number.h: doubles as serde_json writes them.
 */
#ifndef CKPT_CONTAINER_SERDE_NUMBER_H
#define CKPT_CONTAINER_SERDE_NUMBER_H

#include "common/buf.h"

/*
 * Append a double as serde_json (ryu) writes it: the shortest digits; plain from 1e-5 up
 * to 1e16, with ".0" behind whole numbers; else "1.5e300", "1e-7".
 */
void number_put(double x, struct buf *out);

#endif
