/*
 * yaml_in.c: libyaml's events, checked one by one, into json_build.
 *
 * What YAML adds to JSON beyond layout is refused: it is where two readers of one
 * file disagree.
 */
#include "yaml_in.h"

#include "arena.h"
#include "file.h"
#include "json_build.h"
#include "json_keys.h"
#include "json_scan.h"

#include <string.h>
#include <yaml.h>

const struct json_limits yaml_limits_default = {
    .size = (size_t)1 << 20, .nodes = (size_t)1 << 16, .depth = 64};

struct frame {
    uint64_t id; /* of the container, from 1 */
    bool object;
    const char *key; /* arena; of the member whose value comes next, or NULL */
};

struct reader {
    yaml_parser_t parser;
    struct json_doc *doc;
    const struct json_limits *limits;
    struct json_keys keys;
    struct arena arena; /* of the keys */
    size_t nodes;
    unsigned depth;
    struct frame frames[JSON_SCAN_DEPTH_MAX];
};

/* Refuse the event, at its place. */
static bool
refuse(const yaml_event_t *event, enum error_class class, const char *what,
       struct error *err)
{
    (void)error_set(err, class, "%s", what);
    return error_at_line(err, event->start_mark.line + 1, event->start_mark.column + 1);
}

static bool
parser_failed(const yaml_parser_t *parser, struct error *err)
{
    const char *problem = parser->problem ? parser->problem : "not YAML";

    if (parser->error == YAML_MEMORY_ERROR)
        return error_set(err, ERR_MEMORY, "out of memory");
    if (parser->error == YAML_READER_ERROR) {
        (void)error_set(err, ERR_MALFORMED, "%s", problem);
        (void)error_subclass(err, "encoding");
        return error_at_byte(err, parser->problem_offset);
    }
    if (parser->context)
        (void)error_set(err, ERR_MALFORMED, "%s, %s", problem, parser->context);
    else
        (void)error_set(err, ERR_MALFORMED, "%s", problem);
    return error_at_line(err, parser->problem_mark.line + 1,
                         parser->problem_mark.column + 1);
}

/* The key of the value to come; NULL in an array and at the top. */
static const char *
take_key(struct reader *r)
{
    struct frame *frame = r->depth > 0 ? &r->frames[r->depth - 1] : NULL;
    const char *key = frame ? frame->key : NULL;

    if (frame)
        frame->key = NULL;
    return key;
}

static bool
key_is_due(const struct reader *r)
{
    return r->depth > 0 && r->frames[r->depth - 1].object && !r->frames[r->depth - 1].key;
}

static bool
count_node(struct reader *r, const yaml_event_t *event, struct error *err)
{
    if (++r->nodes <= r->limits->nodes)
        return true;
    (void)error_set(err, ERR_LIMIT, "more than %zu values", r->limits->nodes);
    return error_at_line(err, event->start_mark.line + 1, event->start_mark.column + 1);
}

static bool
is_plain(const yaml_event_t *event)
{
    return event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

static bool
add_key(struct reader *r, const yaml_event_t *event, struct error *err)
{
    struct frame *frame = &r->frames[r->depth - 1];
    const char *text = (const char *)event->data.scalar.value;
    size_t size = event->data.scalar.length;

    if (is_plain(event) && strcmp(text, "<<") == 0)
        return refuse(event, ERR_UNSUPPORTED, "merge keys are not supported", err);
    if (is_plain(event) && size == 0)
        return refuse(event, ERR_MALFORMED, "empty key", err);
    frame->key = arena_strndup(&r->arena, text, size);
    if (json_keys_add(&r->keys, frame->id, frame->key, size))
        return true;
    (void)error_set(err, ERR_MALFORMED, "duplicate key \"%s\"", frame->key);
    (void)error_subclass(err, "duplicate_key");
    return error_at_line(err, event->start_mark.line + 1, event->start_mark.column + 1);
}

static bool
is_json_number(const char *text, size_t size)
{
    struct json_scan s;
    struct error ignored;
    enum json_token token;
    bool ok;

    if (size == 0 || (*text != '-' && (*text < '0' || *text > '9')))
        return false;
    json_scan_begin(&s, text, size, 0);
    ok = json_scan_next(&s, &token, &ignored) && token == JSON_TOKEN_NUMBER &&
         s.token_size == size;
    json_scan_end(&s);
    return ok;
}

static bool
add_scalar(struct reader *r, const yaml_event_t *event, struct error *err)
{
    const char *text = (const char *)event->data.scalar.value, *key;
    size_t size = event->data.scalar.length;

    if (event->data.scalar.anchor)
        return refuse(event, ERR_UNSUPPORTED, "anchors are not supported", err) ||
               error_subclass(err, "alias");
    if (event->data.scalar.tag)
        return refuse(event, ERR_UNSUPPORTED, "tags are not supported", err);
    if (strlen(text) != size)
        return refuse(event, ERR_UNSUPPORTED, "strings with \\0 are not supported", err);
    if (key_is_due(r))
        return add_key(r, event, err);
    if (!count_node(r, event, err))
        return false;
    key = take_key(r);
    if (!is_plain(event))
        json_build_string(r->doc, key, text);
    else if (size == 0 || strcmp(text, "null") == 0)
        json_build_null(r->doc, key);
    else if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
        json_build_bool(r->doc, key, *text == 't');
    else if (is_json_number(text, size))
        json_build_number(r->doc, key, text);
    else
        json_build_string(r->doc, key, text);
    return true;
}

static bool
open_container(struct reader *r, const yaml_event_t *event, struct error *err)
{
    bool object = event->type == YAML_MAPPING_START_EVENT;
    const yaml_char_t *anchor =
        object ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
    const yaml_char_t *tag =
        object ? event->data.mapping_start.tag : event->data.sequence_start.tag;
    unsigned limit =
        r->limits->depth < JSON_SCAN_DEPTH_MAX ? r->limits->depth : JSON_SCAN_DEPTH_MAX;
    const char *key;

    if (anchor)
        return refuse(event, ERR_UNSUPPORTED, "anchors are not supported", err) ||
               error_subclass(err, "alias");
    if (tag)
        return refuse(event, ERR_UNSUPPORTED, "tags are not supported", err);
    if (key_is_due(r))
        return refuse(event, ERR_UNSUPPORTED, "a key must be a scalar", err);
    if (r->depth >= limit) {
        (void)error_set(err, ERR_LIMIT, "nested more than %u deep", limit);
        (void)error_subclass(err, "depth");
        return error_at_line(err, event->start_mark.line + 1,
                             event->start_mark.column + 1);
    }
    if (!count_node(r, event, err))
        return false;
    key = take_key(r);
    if (object)
        json_build_object(r->doc, key);
    else
        json_build_array(r->doc, key);
    r->frames[r->depth++] = (struct frame){.id = r->nodes, .object = object};
    return true;
}

static bool
start_document(const struct reader *r, const yaml_event_t *event, struct error *err)
{
    if (r->nodes > 0)
        return refuse(event, ERR_UNSUPPORTED, "more than one document", err) ||
               error_subclass(err, "multi_document");
    if (event->data.document_start.version_directive ||
        event->data.document_start.tag_directives.start !=
            event->data.document_start.tag_directives.end)
        return refuse(event, ERR_UNSUPPORTED, "directives are not supported", err);
    return true;
}

static bool
take_event(struct reader *r, const yaml_event_t *event, struct error *err)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT: return start_document(r, event, err);
    case YAML_ALIAS_EVENT:
        return refuse(event, ERR_UNSUPPORTED, "aliases are not supported", err) ||
               error_subclass(err, "alias");
    case YAML_SCALAR_EVENT: return add_scalar(r, event, err);
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT: return open_container(r, event, err);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        r->depth--;
        json_build_end(r->doc);
        return true;
    case YAML_STREAM_END_EVENT:
        return r->nodes > 0 || refuse(event, ERR_MALFORMED, "no document", err);
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_DOCUMENT_END_EVENT: break;
    }
    return true;
}

static bool
read_events(struct reader *r, struct error *err)
{
    yaml_event_t event;
    bool ok = true, end = false;

    while (ok && !end) {
        if (!yaml_parser_parse(&r->parser, &event))
            return parser_failed(&r->parser, err);
        end = event.type == YAML_STREAM_END_EVENT;
        ok = take_event(r, &event, err);
        yaml_event_delete(&event);
    }
    return ok;
}

bool
yaml_parse(struct json_doc **out, const char *text, size_t size,
           const struct json_limits *limits, struct error *err)
{
    struct reader r = {.limits = limits ? limits : &yaml_limits_default};
    bool ok;

    *out = NULL;
    if (size > r.limits->size)
        return error_set(err, ERR_LIMIT, "text of %zu octets is over the limit of %zu",
                         size, r.limits->size);
    if (!yaml_parser_initialize(&r.parser))
        return error_set(err, ERR_MEMORY, "out of memory");
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, size);
    r.doc = json_build_begin();
    ok = read_events(&r, err);
    yaml_parser_delete(&r.parser);
    json_keys_clear(&r.keys);
    arena_clear(&r.arena);
    if (ok)
        *out = r.doc;
    else
        json_free(r.doc);
    return ok;
}

bool
yaml_open(struct json_doc **out, const char *path, const struct json_limits *limits,
          struct error *err)
{
    struct input in;
    bool ok;

    limits = limits ? limits : &yaml_limits_default;
    *out = NULL;
    if (!input_open(&in, path, limits->size, err))
        return false;
    ok = yaml_parse(out, (const char *)in.data, in.size, limits, err);
    input_close(&in);
    return ok || error_in(err, path);
}
