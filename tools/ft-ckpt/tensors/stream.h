/*
 * stream.h: the elements of a tensor as octets: C order, little-endian, contiguous.
 *
 * Contiguous little-endian data is handed out in place; views and other byte orders
 * go through a buffer.  Pages of mapped files are given back as the stream moves on,
 * so that memory stays flat whatever the size.
 */
#ifndef CKPT_TENSORS_STREAM_H
#define CKPT_TENSORS_STREAM_H

#include "model/checkpoint.h"

enum { STREAM_CHUNK = 1 << 20 };

struct stream {
    const struct tensor *tensor;
    const uint8_t *data; /* of the storage */
    uint64_t done;       /* logical octets handed out */
    uint64_t index[64];  /* of the next element, for views */
    struct buf buffer;   /* owned */
    bool direct, mapped;
    bool ordered;            /* elements are read from front to back */
    uint64_t at;             /* octet of the storage where the last element lies */
    bool conj, neg;          /* to be carried out on each element */
    const uint8_t *released; /* pages before it were given back */
    uint64_t length;         /* plain octets when there is no tensor */
};

/* Inflate the storages behind compressed members that tensor t needs. */
MUST_CHECK bool stream_begin(struct stream *s, struct checkpoint *c,
                             const struct tensor *t, struct error *err);
/* The octets as they are: a lazy conjugation or negation is not carried out. */
void stream_as_stored(struct stream *s);
/* Plain octets, without a tensor. */
void stream_begin_octets(struct stream *s, const uint8_t *data, uint64_t size,
                         bool mapped);
/* The next at most STREAM_CHUNK octets; at the end false, and size 0. */
bool stream_next(struct stream *s, const uint8_t **chunk, size_t *size);
void stream_end(struct stream *s);

/* A tensor without octets: on the meta device, or made of others. */
bool stream_is_empty(const struct tensor *t);

#endif
