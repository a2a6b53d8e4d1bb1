/*
 * json_in.c: trees of cJSON nodes, made from the tokens of json_scan.
 *
 * cJSON constructs and links the nodes; its parser is not used, for it takes texts
 * that RFC 8259 refuses and rounds integers.  Its allocator is set to the arena of
 * the document under construction, so a tree is freed whole.  A number node keeps
 * its text in valuestring; valueint and valuedouble are not used.
 */
#include "json_in.h"

#include "arena.h"
#include "file.h"
#include "json_build.h"
#include "json_keys.h"
#include "json_scan.h"
#include "mem.h"
#include "num.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A container under construction. */
struct open_node {
    cJSON *node;    /* arena */
    size_t members; /* keys read so far */
};

struct json_doc {
    struct arena arena;
    cJSON *root;            /* arena */
    struct open_node *open; /* owned */
    unsigned depth, room;   /* open containers, size of open */
};

const struct json_limits json_limits_default = {
    .size = (size_t)64 << 20, .nodes = (size_t)16 << 20, .depth = 64};

static _Thread_local struct arena *allocate_in;

static void *
allocate(size_t size)
{
    return arena_alloc(allocate_in, size);
}

static void
keep(void *p)
{
    (void)p; /* until arena_clear() */
}

static void
set_hooks(void)
{
    cJSON_Hooks hooks = {.malloc_fn = allocate, .free_fn = keep};

    cJSON_InitHooks(&hooks);
}

static const cJSON *
node_of(const struct json *node)
{
    return (const cJSON *)node;
}

static const struct json *
json_of(const cJSON *node)
{
    return (const struct json *)node;
}

struct json_doc *
json_build_begin(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    (void)pthread_once(&once, set_hooks);
    return xcalloc(1, sizeof(struct json_doc));
}

/* key: arena, or NULL inside an array and for the root. */
static void
add(struct json_doc *doc, const char *key, cJSON *node)
{
    cJSON *parent = doc->depth > 0 ? doc->open[doc->depth - 1].node : NULL;

    if (!parent) {
        assert(!doc->root && !key);
        doc->root = node;
    } else if (key) {
        (void)cJSON_AddItemToObjectCS(parent, key, node);
    } else {
        (void)cJSON_AddItemToArray(parent, node);
    }
}

static void
open_container(struct json_doc *doc, cJSON *container)
{
    if (doc->depth == doc->room) {
        doc->room = doc->room ? 2 * doc->room : 16;
        doc->open = xrealloc(doc->open, doc->room, sizeof(*doc->open));
    }
    doc->open[doc->depth++] = (struct open_node){.node = container};
}

static cJSON *
text_node(struct json_doc *doc, int type, const char *text, size_t size)
{
    cJSON *node = cJSON_CreateNull();

    node->type = type;
    node->valuestring = arena_strndup(&doc->arena, text, size);
    return node;
}

static const char *
copy_key(struct json_doc *doc, const char *key)
{
    return key ? arena_strndup(&doc->arena, key, strlen(key)) : NULL;
}

void
json_build_object(struct json_doc *doc, const char *key)
{
    cJSON *node;

    allocate_in = &doc->arena;
    node = cJSON_CreateObject();
    add(doc, copy_key(doc, key), node);
    open_container(doc, node);
}

void
json_build_array(struct json_doc *doc, const char *key)
{
    cJSON *node;

    allocate_in = &doc->arena;
    node = cJSON_CreateArray();
    add(doc, copy_key(doc, key), node);
    open_container(doc, node);
}

void
json_build_end(struct json_doc *doc)
{
    assert(doc->depth > 0);
    doc->depth--;
}

void
json_build_null(struct json_doc *doc, const char *key)
{
    allocate_in = &doc->arena;
    add(doc, copy_key(doc, key), cJSON_CreateNull());
}

void
json_build_bool(struct json_doc *doc, const char *key, bool value)
{
    allocate_in = &doc->arena;
    add(doc, copy_key(doc, key), cJSON_CreateBool(value));
}

void
json_build_number(struct json_doc *doc, const char *key, const char *text)
{
    allocate_in = &doc->arena;
    add(doc, copy_key(doc, key), text_node(doc, cJSON_Number, text, strlen(text)));
}

void
json_build_string(struct json_doc *doc, const char *key, const char *text)
{
    allocate_in = &doc->arena;
    add(doc, copy_key(doc, key), text_node(doc, cJSON_String, text, strlen(text)));
}

/* One value's token to a node. */
static cJSON *
make_node(struct json_doc *doc, const struct json_scan *scan, enum json_token token)
{
    switch (token) {
    case JSON_TOKEN_OBJECT: return cJSON_CreateObject();
    case JSON_TOKEN_ARRAY: return cJSON_CreateArray();
    case JSON_TOKEN_STRING:
        return text_node(doc, cJSON_String, scan->token, scan->token_size);
    case JSON_TOKEN_NUMBER:
        return text_node(doc, cJSON_Number, scan->token, scan->token_size);
    case JSON_TOKEN_TRUE: return cJSON_CreateTrue();
    case JSON_TOKEN_FALSE: return cJSON_CreateFalse();
    case JSON_TOKEN_NULL: return cJSON_CreateNull();
    case JSON_TOKEN_END:
    case JSON_TOKEN_KEY:
    case JSON_TOKEN_EOF: break;
    }
    return NULL;
}

/* A few members are compared one by one; only an object with more goes to the table. */
static bool
is_new_key(struct json_doc *doc, struct json_keys *keys, const char *key, size_t size)
{
    enum { FEW = 8 };
    struct open_node *open = &doc->open[doc->depth - 1];
    uint64_t object = (uintptr_t)open->node;

    if (open->members++ > FEW)
        return json_keys_add(keys, object, key, size);
    for (const cJSON *m = open->node->child; m; m = m->next) {
        if (strcmp(m->string, key) == 0)
            return false;
        if (open->members > FEW &&
            !json_keys_add(keys, object, m->string, strlen(m->string)))
            return false;
    }
    return open->members <= FEW || json_keys_add(keys, object, key, size);
}

static bool
build(struct json_doc *doc, struct json_scan *scan, size_t max_nodes, struct error *err)
{
    struct json_keys keys = {0};
    const char *key = NULL;
    size_t key_size = 0, nodes = 0;
    enum json_token token;
    bool ok;

    while ((ok = json_scan_next(scan, &token, err)) && token != JSON_TOKEN_EOF) {
        if (token == JSON_TOKEN_END) {
            doc->depth--;
        } else if (token == JSON_TOKEN_KEY) {
            key_size = scan->token_size;
            key = arena_strndup(&doc->arena, scan->token, key_size);
            if (!is_new_key(doc, &keys, key, key_size)) {
                (void)json_scan_fail(scan, err, ERR_MALFORMED, "duplicate key \"%s\"",
                                     key);
                ok = error_subclass(err, "duplicate_key");
                break;
            }
        } else {
            cJSON *node = make_node(doc, scan, token);

            if (++nodes > max_nodes) {
                ok = json_scan_fail(scan, err, ERR_LIMIT, "more than %zu values",
                                    max_nodes);
                break;
            }
            add(doc, key, node);
            if (token == JSON_TOKEN_OBJECT || token == JSON_TOKEN_ARRAY)
                open_container(doc, node);
            key = NULL;
        }
    }
    json_keys_clear(&keys);
    return ok;
}

bool
json_parse(struct json_doc **out, const char *text, size_t size,
           const struct json_limits *limits, struct error *err)
{
    struct json_scan scan;
    struct json_doc *doc;
    bool ok;

    limits = limits ? limits : &json_limits_default;
    *out = NULL;
    if (size > limits->size)
        return error_set(err, ERR_LIMIT, "text of %zu octets is over the limit of %zu",
                         size, limits->size);
    doc = json_build_begin();
    allocate_in = &doc->arena;
    json_scan_begin(&scan, text, size, limits->depth);
    ok = build(doc, &scan, limits->nodes, err);
    if (!ok && scan.bad_encoding)
        (void)error_subclass(err, "encoding");
    json_scan_end(&scan);
    if (ok)
        *out = doc;
    else
        json_free(doc);
    return ok;
}

bool
json_open(struct json_doc **out, const char *path, const struct json_limits *limits,
          struct error *err)
{
    struct input in;
    bool ok;

    limits = limits ? limits : &json_limits_default;
    *out = NULL;
    if (!input_open(&in, path, limits->size, err))
        return false;
    ok = json_parse(out, (const char *)in.data, in.size, limits, err);
    input_close(&in);
    return ok || error_in(err, path);
}

void
json_free(struct json_doc *doc)
{
    if (!doc)
        return;
    arena_clear(&doc->arena);
    free(doc->open);
    free(doc);
}

const struct json *
json_root(const struct json_doc *doc)
{
    return json_of(doc->root);
}

enum json_type
json_type(const struct json *node)
{
    switch (node_of(node)->type & 0xff) {
    case cJSON_False:
    case cJSON_True: return JSON_BOOL;
    case cJSON_Number: return JSON_NUMBER;
    case cJSON_String: return JSON_STRING;
    case cJSON_Array: return JSON_ARRAY;
    case cJSON_Object: return JSON_OBJECT;
    default: return JSON_NULL;
    }
}

const char *
json_type_name(enum json_type type)
{
    static const char *const names[] = {
        [JSON_NULL] = "null",     [JSON_BOOL] = "bool",   [JSON_NUMBER] = "number",
        [JSON_STRING] = "string", [JSON_ARRAY] = "array", [JSON_OBJECT] = "object"};

    return names[type];
}

const struct json *
json_first(const struct json *container)
{
    return json_of(node_of(container)->child);
}

const struct json *
json_next(const struct json *node)
{
    return json_of(node_of(node)->next);
}

size_t
json_count(const struct json *container)
{
    size_t n = 0;

    for (const struct json *node = json_first(container); node; node = json_next(node))
        n++;
    return n;
}

const char *
json_key(const struct json *member)
{
    return node_of(member)->string;
}

const struct json *
json_get(const struct json *object, const char *key)
{
    if (!object || json_type(object) != JSON_OBJECT)
        return NULL;
    for (const struct json *node = json_first(object); node; node = json_next(node))
        if (strcmp(json_key(node), key) == 0)
            return node;
    return NULL;
}

bool
json_is_true(const struct json *node)
{
    return (node_of(node)->type & 0xff) == cJSON_True;
}

const char *
json_text(const struct json *node)
{
    return node_of(node)->valuestring;
}

bool
json_to_i64(const struct json *node, int64_t *out)
{
    const char *text = json_text(node);

    return json_type(node) == JSON_NUMBER && num_parse_i64(text, strlen(text), out);
}

bool
json_to_u64(const struct json *node, uint64_t *out)
{
    const char *text = json_text(node);

    return json_type(node) == JSON_NUMBER && num_parse_u64(text, strlen(text), out);
}

bool
json_to_f64(const struct json *node, double *out)
{
    const char *text = json_text(node);

    if (json_type(node) == JSON_STRING && strcmp(text, "NaN") != 0 &&
        strcmp(text, "Infinity") != 0 && strcmp(text, "-Infinity") != 0)
        return false;
    return text && num_parse_f64(text, strlen(text), out);
}
