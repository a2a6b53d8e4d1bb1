#include "gates/ledger.h"

#include "evidence/field.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char rule[] = "ledger";
static const char zeros[] =
    "0000000000000000000000000000000000000000000000000000000000000000";
static const char hash_mark[] = ",\"hash\":\"";
enum { HASH_TAIL = sizeof hash_mark - 1 + 64 + 2 }; /* ,"hash":"HEX"} */

struct line {
    const char *text; /* borrowed; without its line feed */
    size_t size;
    uint64_t number;
    char at[32];
};

struct reader {
    struct judgement *j;
    const char *file;
    struct ledger_state *state;
    const char *torn; /* a line that is no record, to be bound by the next; or NULL */
    size_t torn_size;
};

static void
malformed(const struct reader *r, const struct line *line, const char *what)
{
    (void)judge(r->j, REASON_LEDGER_MALFORMED, rule, r->file, line->at, "%s", what);
}

static void
check_time(const struct reader *r, const struct line *line, const struct evidence *e)
{
    const struct json *node = json_get(json_root(e->doc), "ts_unix_ms");
    uint64_t now;

    if (!node)
        return;
    if (!json_to_u64(node, &now)) {
        malformed(r, line, "ts_unix_ms is not a whole number");
        return;
    }
    if (now < r->state->last_time)
        reason_numbers(r->j,
                       judge(r->j, REASON_TIME_REVERSED, rule, r->file, line->at,
                             "dated before the line above it"),
                       now, r->state->last_time);
    r->state->last_time = now;
}

/* --- Our own lines --- */

/* Its hash is that of everything before it, and the text ends with it. */
static bool
check_own_hash(const struct reader *r, const struct line *line)
{
    const char *tail = line->text + line->size - HASH_TAIL;
    char digest[DIGEST_HEX_SIZE], claimed[65];
    struct reason *reason;

    if (line->size <= HASH_TAIL || memcmp(tail, hash_mark, sizeof hash_mark - 1) != 0 ||
        memcmp(tail + HASH_TAIL - 2, "\"}", 2) != 0) {
        malformed(r, line, "does not end with its hash");
        return false;
    }
    digest_hex(DIGEST_BLAKE2B, line->text, line->size - HASH_TAIL, digest);
    (void)snprintf(claimed, sizeof claimed, "%.64s", tail + sizeof hash_mark - 1);
    if (strcmp(digest, claimed) == 0)
        return true;
    reason = judge(r->j, REASON_LEDGER_REWRITTEN, rule, r->file, line->at,
                   "the line is not what its hash says");
    reason_values(r->j, reason, claimed, digest);
    (void)snprintf(r->state->last_hash, sizeof r->state->last_hash, "%s", claimed);
    return false;
}

/* A fragment above must be named by the line that followed it. */
static void
check_torn(struct reader *r, const struct line *line, const struct evidence *e)
{
    const struct json *torn = json_get(json_root(e->doc), "torn");
    char digest[DIGEST_HEX_SIZE];
    uint64_t octets = 0;

    if (!torn && !r->torn)
        return;
    if (!torn || !r->torn) {
        malformed(r, line,
                  torn ? "speaks of a torn line that is not there"
                       : "the line above is no record, and this one does not say so");
        r->torn = NULL;
        return;
    }
    digest_hex(DIGEST_BLAKE2B, r->torn, r->torn_size, digest);
    if (field_u64(e, torn, "octets", &octets) &&
        field_is(e, torn, "blake2b_256", digest, REASON_LEDGER_REWRITTEN) &&
        octets != r->torn_size)
        malformed(r, line, "the torn line above has another length");
    r->torn = NULL;
}

static void
check_chain(struct reader *r, const struct line *line, const struct evidence *e)
{
    static const char *const keys[] = {
        "schema", "seq",    "ts_unix_ms", "packet_id",          "verdict",
        "reason", "strict", "hardened",   "report_blake2b_256", "torn",
        "prev",   "hash",   NULL};
    const struct json *root = json_root(e->doc);
    const char *text, *want = r->state->lines ? r->state->last_hash : zeros;
    uint64_t seq;

    if (field_u64(e, root, "seq", &seq) && seq != r->state->lines)
        reason_numbers(r->j,
                       judge(r->j, REASON_LEDGER_REWRITTEN, rule, r->file, line->at,
                             "a line is missing or was added: seq is out of order"),
                       seq, r->state->lines);
    (void)field_only(e, root, keys);
    (void)field_is(e, root, "prev", want, REASON_LEDGER_REWRITTEN);
    (void)(field_text(e, root, "packet_id", &text) &&
           field_text(e, root, "verdict", &text));
    check_torn(r, line, e);
    if (check_own_hash(r, line) && field_text(e, root, "hash", &text))
        (void)snprintf(r->state->last_hash, sizeof r->state->last_hash, "%s", text);
}

/* --- FrankenPandas' rows --- */

static void
check_row(const struct evidence *e)
{
    static const char *const keys[] = {"ts_unix_ms",    "packet_id",       "suite",
                                       "fixture_count", "passed",          "failed",
                                       "strict_failed", "hardened_failed", "gate_pass",
                                       "report_hash",   "retired",         NULL};
    const struct json *root = json_root(e->doc);
    uint64_t time, count, passed, failed, strict, hardened;
    const char *id, *suite, *hash;
    bool pass;

    (void)field_only(e, root, keys);
    if (!field_u64(e, root, "ts_unix_ms", &time) ||
        !field_text(e, root, "packet_id", &id) || !field_text(e, root, "suite", &suite) ||
        !field_u64(e, root, "fixture_count", &count) ||
        !field_u64(e, root, "passed", &passed) ||
        !field_u64(e, root, "failed", &failed) ||
        !field_u64(e, root, "strict_failed", &strict) ||
        !field_u64(e, root, "hardened_failed", &hardened) ||
        !field_bool(e, root, "gate_pass", &pass) ||
        !field_text(e, root, "report_hash", &hash))
        return;
    if (passed > count || failed > count - passed || strict > failed ||
        hardened != failed - strict)
        (void)judge(e->judgement, REASON_COUNT_INCONSISTENT, rule, e->file, "",
                    "%s: %" PRIu64 " passed and %" PRIu64 " failed (%" PRIu64
                    " strict, %" PRIu64 " hardened) of %" PRIu64,
                    id, passed, failed, strict, hardened, count);
    if (strncmp(hash, "sha256:", 7) != 0 || strlen(hash) != 71)
        (void)judge(e->judgement, REASON_TYPE_ERROR, rule, e->file, "",
                    "report_hash is not \"sha256:\" and 64 digits");
}

/* --- Lines --- */

static void
read_line(struct reader *r, const struct line *line)
{
    struct evidence e = {.judgement = r->j, .file = r->file};
    struct reason *last = r->j->last_reason;
    struct error err = {0};
    const struct json *schema;

    if (!json_parse(&e.doc, line->text, line->size, NULL, &err) ||
        json_type(json_root(e.doc)) != JSON_OBJECT) {
        json_free(e.doc);
        /* In a chain the next line may account for it. */
        if (r->state->chained && !r->torn) {
            r->torn = line->text;
            r->torn_size = line->size;
            return;
        }
        malformed(r, line, err.message[0] ? err.message : "not an object");
        return;
    }
    schema = json_get(json_root(e.doc), "schema");
    if (r->state->lines == 0)
        r->state->chained = schema != NULL;
    if (r->state->chained != (schema != NULL))
        malformed(r, line, "chained and unchained lines in one ledger");
    else if (schema && field_is(&e, json_root(e.doc), "schema", "lockstep-drift/1",
                                REASON_UNSUPPORTED))
        check_chain(r, line, &e);
    else if (!schema)
        check_row(&e);
    check_time(r, line, &e);
    /* Reasons of the fields name a pointer; the line comes before it. */
    judgement_prefix(r->j, last, line->at);
    r->state->lines++;
    json_free(e.doc);
}

void
ledger_read(struct judgement *j, const char *file, const char *text, size_t size,
            struct ledger_state *out)
{
    struct reader r = {.j = j, .file = file, .state = out};
    const char *end = text ? text + size : NULL;
    struct line line = {.text = text};

    *out = (struct ledger_state){0};
    while (line.text < end) {
        const char *stop = memchr(line.text, '\n', (size_t)(end - line.text));

        line.number++;
        (void)snprintf(line.at, sizeof line.at, "line %" PRIu64, line.number);
        if (!stop) {
            malformed(&r, &line, "the last line has no end: an append was cut off");
            return;
        }
        line.size = (size_t)(stop - line.text);
        read_line(&r, &line);
        line.text = stop + 1;
        out->whole = (size_t)(line.text - text);
    }
    if (r.torn)
        malformed(&r, &line, "a line is no record, and none follows that says so");
}

/* The history begins with the octets of its earlier copy. */
static void
check_previous(struct judgement *j, const struct evidence *history, const char *previous)
{
    struct evidence e = {.judgement = j, .file = previous};
    size_t common = 0, line = 1, size;

    if (!evidence_open(&e, LEDGER_SIZE_MAX))
        return;
    size = e.input.size < history->input.size ? e.input.size : history->input.size;
    for (; common < size && e.input.data[common] == history->input.data[common]; common++)
        line += e.input.data[common] == '\n';
    if (common < e.input.size) {
        char at[48];
        struct reason *r;

        (void)snprintf(at, sizeof at, "line %zu (byte %zu)", line, common);
        r = judge(j, REASON_LEDGER_REWRITTEN, rule, history->file, at,
                  common == history->input.size ? "shorter than its earlier copy %s"
                                                : "differs from its earlier copy %s",
                  previous);
        if (common == history->input.size)
            reason_numbers(j, r, e.input.size, common);
    }
    evidence_close(&e);
}

void
ledger_verify(struct judgement *j, const char *file, const char *previous)
{
    struct evidence e = {.judgement = j, .file = file};
    struct ledger_state state;

    if (!evidence_open(&e, LEDGER_SIZE_MAX))
        return;
    if (e.input.size == 0)
        (void)judge(j, REASON_EMPTY_FILE, rule, file, "", "empty: nothing is recorded");
    if (previous)
        check_previous(j, &e, previous);
    ledger_read(j, file, (const char *)e.input.data, e.input.size, &state);
    if (!previous && !state.chained && e.input.size > 0)
        (void)judge(
            j, REASON_UNPROVEN, rule, file, "",
            "rows without a chain: only an earlier copy (--previous) can show that "
            "nothing was rewritten");
    evidence_close(&e);
}
