/*
 * envelope.h: the typed checkpoint of FT-P2C-006, as JSON.
 *
 * {"schema_version":1,"mode":"strict"|"hardened","entries":[{"node_id":N,"value":X,
 * "grad":X|null}],"source_hash":"det64:%016x"}.  Both decode modes accept the same
 * texts; they differ in how they name a fault:
 *
 *   fault                           strict            hardened
 *   grammar, depth, number range    InvalidJson       InvalidJson
 *   top level is no object          InvalidJson       IncompatiblePayload
 *   unknown key at the top          UnknownField      UnknownField
 *   unknown key in an entry         UnknownField      IncompatiblePayload
 *   type, missing or double field   InvalidJson       IncompatiblePayload
 *   version                         VersionMismatch   VersionMismatch
 *   hash                            ChecksumMismatch  ChecksumMismatch
 */
#ifndef CKPT_CONTAINER_ENVELOPE_H
#define CKPT_CONTAINER_ENVELOPE_H

#include "model/checkpoint.h"

enum { ENVELOPE_SIZE_MAX = 1048576, ENVELOPE_VERSION = 1 };

struct envelope_entry {
    uint64_t node_id;
    double value, grad;
    bool has_grad;
};

struct envelope {
    enum mode mode;                 /* of the envelope, not of the decoder */
    struct envelope_entry *entries; /* owned; sorted once decoded */
    size_t count, capacity;
    uint64_t hash;
};

/* error.subclass is one of the names above, or "InvalidUtf8". */
MUST_CHECK bool envelope_decode(struct envelope *out, const uint8_t *text, size_t size,
                                enum mode decoder, struct error *err);
/* Sorts the entries; refuses numbers that are not finite (IncompatiblePayload). */
MUST_CHECK bool envelope_encode(struct envelope *e, struct buf *out, struct error *err);
void envelope_clear(struct envelope *e);

void envelope_add(struct envelope *e, const struct envelope_entry *entry);
/* The hash of sorted entries. */
uint64_t envelope_hash(const struct envelope *e);
void envelope_sort(struct envelope *e);

MUST_CHECK bool envelope_load(struct checkpoint *c, const struct open_options *options,
                              struct error *err);

#endif
