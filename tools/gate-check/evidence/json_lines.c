#include "evidence/json_lines.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LINES_MAX = 1 << 30 };

bool
json_lines_open(struct json_lines *l, struct judgement *j,
                const struct evidence_root *root, const char *file)
{
    *l = (struct json_lines){.file = {.judgement = j, .root = root, .file = file},
                             .last = j->last_reason};
    return evidence_open(&l->file, LINES_MAX);
}

/* Reasons found in the line that is left get its number. */
static void
leave_line(struct json_lines *l)
{
    json_free(l->file.doc);
    l->file.doc = NULL;
    if (l->number > 0)
        judgement_prefix(l->file.judgement, l->last, l->at);
    l->last = l->file.judgement->last_reason;
}

static bool
is_blank(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!strchr(" \t\r", text[i]))
            return false;
    return true;
}

bool
json_lines_next(struct json_lines *l)
{
    const char *text = (const char *)l->file.input.data;
    size_t size = l->file.input.size;

    leave_line(l);
    while (l->pos < size) {
        const char *line = text + l->pos, *stop = memchr(line, '\n', size - l->pos);
        size_t length = stop ? (size_t)(stop - line) : size - l->pos;
        struct error err = {0};

        l->pos += length + (stop != NULL);
        l->number++;
        (void)snprintf(l->at, sizeof l->at, "line %" PRIu64, l->number);
        if (is_blank(line, length))
            continue;
        if (!json_parse(&l->file.doc, line, length, NULL, &err)) {
            evidence_fault(l->file.judgement, "line", l->file.file, &err);
            leave_line(l);
        } else if (json_type(json_root(l->file.doc)) != JSON_OBJECT) {
            (void)judge(l->file.judgement, REASON_TYPE_ERROR, "line", l->file.file, "",
                        "a line is an object");
            leave_line(l);
        } else {
            return true;
        }
    }
    return false;
}

void
json_lines_close(struct json_lines *l)
{
    leave_line(l);
    evidence_close(&l->file);
}
