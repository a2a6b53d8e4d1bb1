/*
 * scan.h: where the fields and rows of CSV text end (the structural index).
 *
 * An octet is structural when it is the delimiter or a line feed and an even number
 * of quotes lies before it.  The text is taken in blocks of 64 octets: compares give
 * three masks, a carry-less multiplication by all ones turns the quote mask into "is
 * inside quotes" (prefix parity; Geoff Langdale and Daniel Lemire, "Parsing Gigabytes
 * of JSON per Second", 2019), and the positions of what is left are written out.
 * All variants give identical indexes; scan_scalar is the definition.
 */
#ifndef FP_CSV_SCAN_H
#define FP_CSV_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Octets that may be read, and entries that may be written, beyond the end. */
enum { SCAN_SLACK = 64 };

struct scan_dialect {
    uint8_t delimiter;
    uint8_t quote; /* 0: no octet quotes; a NUL octet in the text is then harmless */
};

struct scan_state {
    bool in_quotes;  /* before the first octet; after the call, behind the last */
    bool saw_quote;  /* set when a quote was met; never cleared by the scanner */
    bool saw_return; /* the same for a carriage return */
    bool saw_nul;    /* the same for a NUL octet */
    bool saw_high;   /* the same for an octet above 127: text that is not ASCII */
    size_t newlines; /* line feeds among the positions, added up */
};

struct scan_ops {
    const char *name;
    /*
     * Append the position of every structural octet of data[0..size) to out, in
     * order; returns how many.  size < 2^32; data has SCAN_SLACK readable octets
     * behind it and out room for size + SCAN_SLACK entries.
     */
    size_t (*index)(const uint8_t *data, size_t size, struct scan_dialect dialect,
                    struct scan_state *state, uint32_t *out);
};

enum { SCAN_VARIANTS_MAX = 4 };

extern const struct scan_ops scan_scalar;

/* The variants this machine can run, slowest first; returns how many. */
size_t scan_usable(const struct scan_ops *out[static SCAN_VARIANTS_MAX]);

/* The fastest of them. */
const struct scan_ops *scan_select(void);

#endif
