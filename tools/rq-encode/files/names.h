/* names.h: where the sidecar, the manifest and the proof of a file lie. */
#ifndef RQ_NAMES_H
#define RQ_NAMES_H

/* All owned by the caller. */
char *sidecar_path(const char *file);  /* FILE.rq */
char *manifest_path(const char *file); /* FILE.raptorq.json; X.raptorq.json for X.json */
char *proof_path(const char *file);    /* FILE.decode_proof.json; likewise */

const char *base_name(const char *path); /* borrowed from path */

#endif
