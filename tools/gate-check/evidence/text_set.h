/* text_set.h: distinct texts in byte order; the texts themselves are borrowed. */
#ifndef GATE_EVIDENCE_TEXT_SET_H
#define GATE_EVIDENCE_TEXT_SET_H

#include <stdbool.h>
#include <stddef.h>

struct text_set {
    const char **items; /* owned array */
    size_t count, capacity;
};

void text_set_add(struct text_set *s, const char *text);
void text_set_finish(struct text_set *s);                      /* sorted, each once */
bool text_set_has(const struct text_set *s, const char *text); /* when finished */
void text_set_clear(struct text_set *s);

#endif
