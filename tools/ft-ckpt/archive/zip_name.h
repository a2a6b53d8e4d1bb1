/*
 * zip_name.h: names of archive members.
 */
#ifndef CKPT_ARCHIVE_ZIP_NAME_H
#define CKPT_ARCHIVE_ZIP_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Is it a path below the archive that no system can take for another place? */
bool zip_name_is_safe(const uint8_t *name, size_t n);

#endif
