/*
 * The new lines are made from a gate result and written with one write(2) on a
 * descriptor opened with O_APPEND, while an advisory lock keeps other appenders away.
 */
#define _DEFAULT_SOURCE /* flock() */
#include "gates/ledger.h"

#include "common/buf.h"
#include "common/diagnostic.h"
#include "common/json_out.h"
#include "common/mem.h"
#include "common/num.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char zeros[] =
    "0000000000000000000000000000000000000000000000000000000000000000";

struct appending {
    const struct json_doc *result;
    const char *text; /* borrowed: the ledger as it is */
    size_t size;
    struct ledger_state state;
    const char *torn; /* the fragment behind the last whole line, or NULL */
    size_t torn_size;
    uint64_t time_ms; /* 0: undated */
    struct buf lines; /* to be written */
    size_t count;
};

/* What a line says of a packet, without its place in the chain. */
static void
write_content(struct json_out *j, const struct json *subject)
{
    static const char *const keys[] = {"verdict", "reason", "strict", "hardened",
                                       "report_blake2b_256"};

    json_string(j, "packet_id", json_text(json_get(subject, "id")));
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (json_get(subject, keys[i]))
            json_node(j, keys[i], json_get(subject, keys[i]));
}

/* The newest line of this packet says the same already. */
static bool
says_the_same(const struct appending *a, const struct json *subject)
{
    char *content = NULL, *found = NULL;
    size_t content_size = 0;
    FILE *stream = xmemstream(&content, &content_size);
    const char *id = json_text(json_get(subject, "id"));
    char *mark = xasprintf("\"packet_id\":\"%s\",", id);
    struct json_out j;
    bool same;

    json_start(&j, stream, JSON_LINE);
    json_object(&j, NULL);
    write_content(&j, subject);
    json_end(&j);
    xmemclose(stream);
    for (const char *line = a->text; line < a->text + a->state.whole;) {
        const char *stop = memchr(line, '\n', (size_t)(a->text + a->state.whole - line));
        char *copy = xstrndup(line, (size_t)(stop - line));

        if (strstr(copy, mark)) {
            free(found);
            found = copy;
        } else {
            free(copy);
        }
        line = stop + 1;
    }
    /* The content without its braces and line feed stands in the line as it is. */
    content[content_size - 2] = '\0';
    same = found && strstr(found, content + 1) != NULL;
    free(found);
    free(mark);
    free(content);
    return same;
}

static void
write_line(struct appending *a, const struct json *subject)
{
    char *text = NULL, digest[DIGEST_HEX_SIZE];
    size_t size = 0;
    FILE *stream = xmemstream(&text, &size);
    struct json_out j;

    json_start(&j, stream, JSON_LINE);
    json_object(&j, NULL);
    json_string(&j, "schema", "lockstep-drift/1");
    json_u64(&j, "seq", a->state.lines);
    if (a->time_ms)
        json_u64(&j, "ts_unix_ms", a->time_ms);
    write_content(&j, subject);
    if (a->torn) {
        digest_hex(DIGEST_BLAKE2B, a->torn, a->torn_size, digest);
        json_object(&j, "torn");
        json_u64(&j, "octets", a->torn_size);
        json_string(&j, "blake2b_256", digest);
        json_end(&j);
        a->torn = NULL;
    }
    json_string(&j, "prev", a->state.lines ? a->state.last_hash : zeros);
    json_end(&j);
    xmemclose(stream);
    size -= 2; /* the brace and the line feed: the hash comes before them */
    digest_hex(DIGEST_BLAKE2B, text, size, digest);
    buf_put(&a->lines, text, size);
    buf_printf(&a->lines, ",\"hash\":\"%s\"}\n", digest);
    memcpy(a->state.last_hash, digest, sizeof digest);
    a->state.lines++;
    a->count++;
    free(text);
}

static bool
check_subject(const struct json_doc *doc, const struct json *subject, struct error *err)
{
    const char *text;

    if (!json_want_string(doc, subject, "id", &text, err) ||
        !json_want_string(doc, subject, "verdict", &text, err))
        return false;
    text = json_text(json_get(subject, "id"));
    return text[strcspn(text, "\"\\\n")] == '\0' ||
           json_fail(doc, subject, err, ERR_MALFORMED, "an id with quotes");
}

static bool
make_lines(struct appending *a, bool if_changed, struct error *err)
{
    const struct json *subjects;
    const char *schema;

    if (!json_want_string(a->result, json_root(a->result), "schema", &schema, err))
        return false;
    if (strcmp(schema, "lockstep-gate-result/1") != 0)
        return json_fail(a->result, json_root(a->result), err, ERR_VERSION,
                         "schema '%s' is not 'lockstep-gate-result/1'", schema);
    if (!json_want(a->result, json_root(a->result), "subjects", JSON_ARRAY, &subjects,
                   err))
        return false;
    if (!json_first(subjects))
        return json_fail(a->result, subjects, err, ERR_MALFORMED, "nothing was judged");
    for (const struct json *s = json_first(subjects); s; s = json_next(s)) {
        if (!check_subject(a->result, s, err))
            return false;
        if (!if_changed || !says_the_same(a, s))
            write_line(a, s);
    }
    return true;
}

/* The ledger must be whole before it grows; a torn tail alone is survived. */
static bool
verify_first(struct appending *a, const char *file, struct error *err)
{
    struct judgement j;
    const struct reason *first;

    judgement_init(&j, file);
    ledger_read(&j, file, a->text, a->size, &a->state);
    if (a->state.whole < a->size) {
        a->torn = a->text + a->state.whole;
        a->torn_size = a->size - a->state.whole;
    }
    first = j.reasons;
    if (first && a->torn && !first->next)
        first = NULL;
    if (first) {
        (void)error_set(err, ERR_MISMATCH,
                        "%s: %s (the ledger is not whole; append nothing)",
                        reason_name(first->class), first->message);
        (void)error_at(err, "%s", first->at);
    } else if (a->state.lines > 0 && !a->state.chained) {
        (void)error_set(err, ERR_UNSUPPORTED, "not a chained ledger");
        first = j.reasons ? j.reasons : &(const struct reason){0};
    } else if (a->time_ms && a->time_ms < a->state.last_time) {
        (void)error_set(err, ERR_MISMATCH,
                        "SOURCE_DATE_EPOCH is before the newest line of the ledger");
        first = &(const struct reason){0};
    }
    judgement_clear(&j);
    return first == NULL;
}

/* One write; a short one is an error, and leaves a torn line that verify will name. */
static bool
write_lines(int fd, const struct appending *a, bool torn, struct error *err)
{
    struct buf all = {0};
    ssize_t n;

    if (torn)
        buf_putc(&all, '\n');
    buf_put(&all, a->lines.data, a->lines.size);
    n = write(fd, all.data, all.size);
    if (n < 0 || (size_t)n != all.size) {
        buf_clear(&all);
        return error_errno(err, "cannot append");
    }
    buf_clear(&all);
    return fsync(fd) == 0 || error_errno(err, "cannot flush");
}

static bool
append_locked(int fd, const char *file, struct appending *a, bool if_changed,
              struct error *err)
{
    struct input in = {0};
    bool torn, ok = false;

    if (!input_open(&in, file, LEDGER_SIZE_MAX, err))
        return false;
    a->text = (const char *)in.data;
    a->size = in.size;
    if (verify_first(a, file, err)) {
        torn = a->torn != NULL;
        ok = make_lines(a, if_changed, err) &&
             (a->count == 0 || write_lines(fd, a, torn, err));
    }
    input_close(&in);
    return ok;
}

static bool
read_epoch(uint64_t *out, struct error *err)
{
    const char *text = getenv("SOURCE_DATE_EPOCH");
    uint64_t seconds = 0;

    if (text && (!num_parse_u64(text, strlen(text), &seconds) || seconds > UINT32_MAX))
        return error_set(err, ERR_USAGE,
                         "SOURCE_DATE_EPOCH='%s' is not a time in seconds", text);
    *out = seconds * 1000;
    return true;
}

bool
ledger_append(const char *file, const char *result_file, bool if_changed,
              size_t *appended, struct error *err)
{
    struct appending a = {0};
    struct json_doc *doc = NULL;
    int fd = -1;
    bool ok = false;

    if (!read_epoch(&a.time_ms, err) || !json_open(&doc, result_file, NULL, err))
        return false;
    a.result = doc;
    fd = open(file, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0 || flock(fd, LOCK_EX) != 0)
        (void)error_errno(err, "cannot open or lock it");
    else
        ok = append_locked(fd, file, &a, if_changed, err);
    if (fd >= 0)
        (void)close(fd);
    *appended = a.count;
    buf_clear(&a.lines);
    json_free(doc);
    return ok || error_in(err, file);
}
