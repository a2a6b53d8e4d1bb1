/*
 * det64.h: FrankenTorch's checksum of a typed checkpoint.  Not cryptographic.
 */
#ifndef CKPT_CONTAINER_DET64_H
#define CKPT_CONTAINER_DET64_H

#include <stddef.h>
#include <stdint.h>

struct det64 {
    uint64_t state;
};

void det64_init(struct det64 *d);
void det64_update(struct det64 *d, const void *data, size_t size);
uint64_t det64_final(const struct det64 *d);

#endif
