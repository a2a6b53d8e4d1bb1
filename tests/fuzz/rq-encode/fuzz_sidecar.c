/*
 * A sidecar from nowhere.  When the first octet is odd, every record's digests are made
 * right first, so that what hides behind them is reached too.
 */
#include "common/bytes.h"
#include "container/sidecar.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
make_right(uint8_t *data, size_t size)
{
    uint8_t set_id[DIGEST_SIZE_MAX] = {0};

    for (size_t at = 0; at + RECORD_HEADER <= size; at++) {
        uint8_t *p = data + at;
        uint64_t length;

        if (memcmp(p, record_magic, sizeof record_magic) != 0)
            continue;
        length = get_le64(p + 40);
        if (length > size - at - RECORD_HEADER)
            length = size - at - RECORD_HEADER;
        put_le64(p + 40, length);
        put_le32(p + 28, 0);
        if (get_le32(p + 24) == RECORD_HEAD)
            digest_of(DIGEST_BLAKE2B, p + RECORD_HEADER, (size_t)length, set_id);
        memcpy(p + 8, set_id, SET_ID_SIZE);
        put_le64(p + 48, record_digest(p + RECORD_HEADER, (size_t)length));
        put_le64(p + 56, record_digest(p, 56));
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sidecar s = {0};
    struct error err = {0};
    uint8_t *copy;

    if (size < 1)
        return 0;
    copy = malloc(size);
    memcpy(copy, data + 1, size - 1);
    if (data[0] & 1)
        make_right(copy, size - 1);
    if (sidecar_read(&s, copy, size - 1, 1 << 20, &err)) {
        const struct layout *l = &s.head.layout;
        uint64_t digest, n = layout_repair_symbols(l), found = 0;

        /* Each symbol offered lies inside, and is what its digest says. */
        for (uint64_t i = 0; i < n; i++) {
            if (!s.repair[i])
                continue;
            found++;
            if (s.repair[i] < copy || s.repair[i] + l->T > copy + size - 1)
                abort();
            if (sidecar_digest(&s, layout_source_symbols(l) + i, &digest) &&
                symbol_digest(s.repair[i], l->T) != digest)
                abort();
        }
        if (found != s.repairs)
            abort();
    } else if (err.class == ERR_NONE) {
        abort();
    }
    sidecar_close(&s);
    free(copy);
    return 0;
}
