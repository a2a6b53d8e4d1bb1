/*
 * archive.h: libarchive, loaded when a compressed file or a .npz is met.
 *
 * Linking it would double the time that every command takes to start.
 */
#ifndef FPG_IO_ARCHIVE_H
#define FPG_IO_ARCHIVE_H

#include "common/error.h"

#include <archive.h>
#include <archive_entry.h>

/* The functions that are used, by their own types. */
#define ARCHIVE_FUNCTIONS(X)                                                             \
    X(archive_entry_free)                                                                \
    X(archive_entry_new)                                                                 \
    X(archive_entry_pathname_utf8)                                                       \
    X(archive_entry_set_filetype)                                                        \
    X(archive_entry_set_pathname_utf8)                                                   \
    X(archive_entry_set_perm)                                                            \
    X(archive_entry_set_size)                                                            \
    X(archive_error_string)                                                              \
    X(archive_read_data)                                                                 \
    X(archive_read_free)                                                                 \
    X(archive_read_new)                                                                  \
    X(archive_read_next_header)                                                          \
    X(archive_read_open_memory)                                                          \
    X(archive_read_support_filter_bzip2)                                                 \
    X(archive_read_support_filter_gzip)                                                  \
    X(archive_read_support_filter_lz4)                                                   \
    X(archive_read_support_filter_xz)                                                    \
    X(archive_read_support_filter_zstd)                                                  \
    X(archive_read_support_format_raw)                                                   \
    X(archive_read_support_format_zip)                                                   \
    X(archive_write_close)                                                               \
    X(archive_write_data)                                                                \
    X(archive_write_free)                                                                \
    X(archive_write_header)                                                              \
    X(archive_write_new)                                                                 \
    X(archive_write_open_FILE)                                                           \
    X(archive_write_set_bytes_in_last_block)                                             \
    X(archive_write_set_format_zip)                                                      \
    X(archive_write_set_options)

struct archive_library {
#define X(function) __typeof__(&(function)) function;
    ARCHIVE_FUNCTIONS(X)
#undef X
};

MUST_CHECK bool archive_load(struct archive_library *l, struct error *err);

/* Why the archive's last call failed, as an error of the class; returns false. */
bool archive_fail(const struct archive_library *l, struct archive *a,
                  enum error_class class, const char *what, struct error *err);

#endif
