/*
 * parity_write.h: a comparison as lockstep-parity/1 and lockstep-mismatch/1, and for
 * people.
 */
#ifndef GATE_COMPARE_PARITY_WRITE_H
#define GATE_COMPARE_PARITY_WRITE_H

#include "compare/parity.h"

#include <stdio.h>

/* Both documents, whole; freed with free(). */
struct parity_documents {
    char *report;
    size_t report_size;
    char *mismatches;
    size_t mismatches_size;
};

void parity_documents(const struct parity *p, struct parity_documents *out);
void parity_documents_free(struct parity_documents *d);
void parity_print(const struct parity *p, FILE *out);

#endif
