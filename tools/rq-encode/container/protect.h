/*
 * protect.h: make the sidecar and the manifest of a file.
 */
#ifndef RQ_PROTECT_H
#define RQ_PROTECT_H

#include "codec/gf256.h"
#include "files/scratch.h"
#include "files/source.h"
#include "record.h"

struct protect_options {
    struct redundancy redundancy;
    uint64_t memory; /* octets before working memory goes to disk */
    unsigned threads;
    bool force; /* even when the sidecar is up to date */
};

struct protect_report {
    struct head head; /* owned; head_clear() */
    uint64_t sidecar_size;
    struct source_digest sidecar_digest;
    bool unchanged;       /* the sidecar was up to date and is as it was */
    uint32_t blocks_kept; /* whose repair symbols are those of the old sidecar */
};

/* FILE.rq and the manifest beside `path`, each complete or not at all. */
MUST_CHECK bool protect_file(const char *path, const struct protect_options *options,
                             struct protect_report *report, struct error *err);

/* The same of any octets under a name; report->head has its name already. */
MUST_CHECK bool protect_source(struct source *source, const char *name,
                               const struct protect_options *options,
                               struct protect_report *report, struct error *err);

/*
 * The sidecar at `path` again, of a source whose report->head has the layout, name and
 * file list it had; `expected` is its set id.  The same source, name and layout always
 * give the same sidecar, which is how a damaged one is healed.
 */
MUST_CHECK bool sidecar_remake(const char *path, struct source *source,
                               struct protect_report *report, const uint8_t *expected,
                               const struct protect_options *options, struct error *err);

#endif
