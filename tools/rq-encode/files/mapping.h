/*
 * mapping.h: the file mappings of this process: what the disk cannot give reads as
 * zeros, and pages are let go of before more memory is resident than allowed.
 */
#ifndef RQ_MAPPING_H
#define RQ_MAPPING_H

#include <stddef.h>
#include <stdint.h>

/* Memory that may be resident before the pages of mappings are let go of. */
void mapping_limit(uint64_t octets);

/* Neither while another thread uses mappings. */
void mapping_add(const void *from, size_t size);
void mapping_remove(const void *from);

/* So many octets of mappings may just have become resident; any thread, often. */
void mapping_touched(size_t octets);

/* What one access in no order makes resident: the system maps the pages around too. */
enum { MAPPING_AROUND = 65536 };

/* One of many accesses, `stride` octets apart. */
static inline void
mapping_strided(uint64_t stride)
{
    mapping_touched(stride < MAPPING_AROUND ? (size_t)stride : MAPPING_AROUND);
}

#endif
