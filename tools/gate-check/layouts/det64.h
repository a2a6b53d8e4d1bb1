/*
 * det64.h: the digest FrankenTorch's artifacts carry ("det64:%016x").
 *
 * Asupersync's DetHasher in its laboratory seed: a multiplicative step an octet and
 * the finaliser of MurmurHash3.  It detects accidents, not intent.
 */
#ifndef GATE_LAYOUTS_DET64_H
#define GATE_LAYOUTS_DET64_H

#include <stddef.h>
#include <stdint.h>

#define DET64_SEED UINT64_C(0x16f11fe89b0d677c)

uint64_t det64_step(uint64_t state, const void *data, size_t size);
uint64_t det64_finish(uint64_t h);

enum { DET64_TEXT_SIZE = 6 + 16 + 1 };
void det64_text(uint64_t digest, char out[static DET64_TEXT_SIZE]);

#endif
