/*
 * archive_library.h: libarchive, loaded when a file needs it.
 *
 * Linking it would double the time every command takes to start.
 */
#ifndef CKPT_ARCHIVE_ARCHIVE_LIBRARY_H
#define CKPT_ARCHIVE_ARCHIVE_LIBRARY_H

#include "common/error.h"

#include <archive.h>
#include <archive_entry.h>

/* Its functions, by their own types. */
struct archive_library {
    __typeof__(&archive_read_new) read_new;
    __typeof__(&archive_read_support_filter_zstd) support_zstd;
    __typeof__(&archive_read_support_format_raw) support_raw;
    __typeof__(&archive_read_support_format_tar) support_tar;
    __typeof__(&archive_read_open_memory) open_memory;
    __typeof__(&archive_read_next_header) next_header;
    __typeof__(&archive_read_data) data;
    __typeof__(&archive_read_data_block) data_block;
    __typeof__(&archive_error_string) error_string;
    __typeof__(&archive_read_free) read_free;
    __typeof__(&archive_entry_pathname) pathname;
    __typeof__(&archive_entry_filetype) filetype;
    __typeof__(&archive_entry_hardlink) hardlink;
    __typeof__(&archive_entry_size) size;
};

MUST_CHECK bool archive_library_load(struct archive_library *l, struct error *err);

#endif
