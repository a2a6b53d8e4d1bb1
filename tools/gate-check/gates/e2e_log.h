/*
 * e2e_log.h: FrankenTorch's end-to-end log, JSON Lines of ft-conformance-log-v1.
 */
#ifndef GATE_GATES_E2E_LOG_H
#define GATE_GATES_E2E_LOG_H

#include "evidence/judgement.h"
#include "evidence/text_set.h"

struct e2e_entry {
    const char *packet, *suite, *scenario, *reason; /* the judgement's arena */
    bool passed;
};

struct e2e_log {
    struct e2e_entry *entries; /* owned; in byte order of the packets */
    size_t count, capacity;
    size_t failed;
    struct text_set packets;
    struct text_set flaky;   /* scenarios that both passed and did not */
    struct text_set unknown; /* reason codes without a token upstream knows */
};

/* Every line that breaks the contract is a reason; the entries are the others. */
void e2e_log_read(struct e2e_log *log, struct judgement *j, const char *file);
void e2e_log_clear(struct e2e_log *log);

/* The packet's entries are first .. end-1. */
void e2e_log_packet(const struct e2e_log *log, const char *packet, size_t *first,
                    size_t *end);

#endif
