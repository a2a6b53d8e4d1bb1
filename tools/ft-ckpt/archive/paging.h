/*
 * paging.h: what to tell the system about a mapped file, so that listing a checkpoint
 * reads no tensors and reading them leaves no memory behind.  Octets that lie in no
 * mapping are left alone.
 */
#ifndef CKPT_ARCHIVE_PAGING_H
#define CKPT_ARCHIVE_PAGING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bring in pages only as they are touched, none around them. */
void paging_sparse(const uint8_t *data, uint64_t size);

/* All of this is about to be read, front to back. */
void paging_whole(const uint8_t *data, uint64_t size);

/* Forget the pages that lie wholly in the range; the file can be read again. */
void paging_forget(const uint8_t *data, uint64_t size);

#endif
