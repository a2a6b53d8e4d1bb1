/* state.c: see state.h. */
#include "shards/state.h"

#include "common/bytes.h"
#include "common/digest.h"

enum { MAGIC_SIZE = 8, HEADER_SIZE = 32, HEADER_CHECKED = 24 };

/* The last octet is the version. */
static const uint8_t magic[MAGIC_SIZE] = {0x89, 'F', 'P', 'G', 'S', '\r', '\n', 1};

static uint64_t
xxh3(const void *data, size_t size)
{
    uint8_t octets[DIGEST_SIZE_MAX];

    digest_of(DIGEST_XXH3_64, data, size, octets);
    return get_be64(octets);
}

void
state_write_section(struct state_writer *w, enum state_section type, uint32_t part,
                    const void *data, size_t size)
{
    static const uint8_t zeroes[8];
    uint8_t header[HEADER_SIZE];

    put_le32(header, type);
    put_le32(header + 4, part);
    put_le64(header + 8, size);
    put_le64(header + 16, xxh3(data, size));
    put_le64(header + HEADER_CHECKED, xxh3(header, HEADER_CHECKED));
    (void)fwrite(header, 1, sizeof header, w->out);
    if (size > 0)
        (void)fwrite(data, 1, size, w->out);
    (void)fwrite(zeroes, 1, (8 - size % 8) % 8, w->out);
    w->sections++;
}

void
state_write_begin(struct state_writer *w, FILE *out, const struct plan *plan,
                  const uint32_t *held, size_t n_held)
{
    struct buf b = {0};

    *w = (struct state_writer){.out = out};
    (void)fwrite(magic, 1, sizeof magic, out);
    plan_write(plan, &b);
    state_write_section(w, STATE_PLAN, 0, b.data, b.size);
    b.size = 0;
    for (size_t i = 0; i < n_held; i++) {
        put_le32(buf_reserve(&b, 4), held[i]);
        b.size += 4;
    }
    state_write_section(w, STATE_HELD, 0, b.data ? b.data : (const uint8_t *)"", b.size);
    buf_clear(&b);
}

bool
state_write_end(struct state_writer *w, struct error *err)
{
    uint8_t count[8];

    put_le64(count, w->sections);
    state_write_section(w, STATE_END, 0, count, sizeof count);
    return !ferror(w->out) || error_errno(err, "cannot write");
}

struct section {
    uint32_t type;
    struct state_data data;
};

static bool
fail_at(struct error *err, size_t at, enum error_class class, const char *what)
{
    (void)error_set(err, class, "%s", what);
    return error_at_byte(err, at);
}

static bool
next_section(const uint8_t *data, size_t size, size_t *at, struct section *out,
             struct error *err)
{
    const uint8_t *header = data + *at;
    uint64_t length;

    if (size - *at < HEADER_SIZE)
        return fail_at(err, *at, ERR_BOUNDS, "the state ends before its end section");
    if (get_le64(header + HEADER_CHECKED) != xxh3(header, HEADER_CHECKED))
        return fail_at(err, *at, ERR_CHECKSUM, "a section's header is damaged");
    length = get_le64(header + 8);
    out->type = get_le32(header);
    out->data.part = get_le32(header + 4);
    out->data.digest = get_le64(header + 16);
    out->data.data = header + HEADER_SIZE;
    if (length > size - *at - HEADER_SIZE ||
        (8 - length % 8) % 8 > size - *at - HEADER_SIZE - length)
        return fail_at(err, *at, ERR_BOUNDS, "the state ends inside a section");
    out->data.size = length;
    *at += HEADER_SIZE + length + (8 - length % 8) % 8;
    for (const uint8_t *p = out->data.data + length; p < data + *at; p++)
        if (*p != 0)
            return fail_at(err, (size_t)(p - data), ERR_MALFORMED,
                           "padding that is not zero");
    return true;
}

static bool
check(const struct state_data *s, struct error *err)
{
    return xxh3(s->data, s->size) == s->digest ||
           error_set(err, ERR_CHECKSUM, "a section is damaged: its digest differs");
}

static bool
read_held(struct state *s, const struct state_data *d, struct error *err)
{
    if (d->size % 4)
        return error_set(err, ERR_MALFORMED, "not a list of shards");
    s->n_held = d->size / 4;
    s->held = arena_alloc(&s->arena, d->size + 4);
    for (size_t i = 0; i < s->n_held; i++) {
        s->held[i] = get_le32(d->data + 4 * i);
        if (s->held[i] >= plan_count(&s->plan) || (i > 0 && s->held[i] <= s->held[i - 1]))
            return error_set(err, ERR_MALFORMED, "not an ascending list of shards");
    }
    return true;
}

/* The first two sections. */
static bool
read_plan(struct state *s, const uint8_t *data, size_t size, size_t *at,
          struct error *err)
{
    struct section x;

    if (!next_section(data, size, at, &x, err) || !check(&x.data, err))
        return false;
    if (x.type != STATE_PLAN)
        return error_set(err, ERR_MALFORMED, "a state begins with its plan");
    s->plan_text = x.data.data;
    s->plan_size = x.data.size;
    if (!plan_parse((const char *)x.data.data, x.data.size, &s->arena, &s->plan, err) ||
        !next_section(data, size, at, &x, err) || !check(&x.data, err))
        return false;
    if (x.type != STATE_HELD)
        return error_set(err, ERR_MALFORMED, "a state says which shards it holds");
    return read_held(s, &x.data, err);
}

static bool
read_sections(struct state *s, const uint8_t *data, size_t size, size_t at,
              struct error *err)
{
    struct section x = {.type = STATE_DATA};
    struct buf list = {0};
    bool ok = true;

    while (ok && x.type == STATE_DATA) {
        ok = next_section(data, size, &at, &x, err);
        if (ok && x.type == STATE_DATA)
            buf_put(&list, &x.data, sizeof x.data);
    }
    s->n_sections = list.size / sizeof x.data;
    s->sections = arena_alloc(&s->arena, list.size + 1);
    if (list.size > 0)
        memcpy(s->sections, list.data, list.size);
    buf_clear(&list);
    if (!ok)
        return false;
    if (x.type != STATE_END)
        return error_set(err, ERR_MALFORMED, "a section of an unknown type");
    if (!check(&x.data, err))
        return false;
    if (x.data.size != 8 || get_le64(x.data.data) != s->n_sections + 2 || at != size)
        return fail_at(err, at, ERR_MALFORMED, "the state does not end where it should");
    return true;
}

bool
state_read(struct state *s, const uint8_t *data, size_t size, struct error *err)
{
    size_t at = MAGIC_SIZE;

    *s = (struct state){0};
    if (size < MAGIC_SIZE || memcmp(data, magic, MAGIC_SIZE - 1) != 0)
        return error_set(err, ERR_MALFORMED,
                         "not a state (made by partial or merge --state)");
    if (data[MAGIC_SIZE - 1] != magic[MAGIC_SIZE - 1])
        return error_set(err, ERR_VERSION, "version %d of states is not known",
                         data[MAGIC_SIZE - 1]);
    if (read_plan(s, data, size, &at, err) && read_sections(s, data, size, at, err))
        return true;
    state_close(s);
    return false;
}

bool
state_open(struct state *s, const char *path, struct error *err)
{
    struct input in;

    if (!input_open(&in, path, UINT64_C(1) << 42, err))
        return false;
    if (!state_read(s, in.data ? in.data : (const uint8_t *)"", in.size, err)) {
        input_close(&in);
        return error_in(err, path);
    }
    s->in = in;
    s->path = path;
    return true;
}

void
state_close(struct state *s)
{
    input_close(&s->in);
    arena_clear(&s->arena);
    *s = (struct state){0};
}

bool
state_check(const struct state *s, size_t section, struct error *err)
{
    if (check(&s->sections[section], err))
        return true;
    (void)error_at_byte(err, s->path ? (uint64_t)(s->sections[section].data - s->in.data)
                                     : section);
    return s->path ? error_in(err, s->path) : false;
}
