#include "json_keys.h"

#include "bytes.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

__extension__ typedef unsigned __int128 uint128;

static uint64_t
mix(uint64_t a, uint64_t b)
{
    uint128 product = (uint128)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/*
 * Multiply and fold, eight octets a step.  The seed is not known to who wrote the
 * text, so that keys cannot be chosen to collide; it never shows in a result.
 */
static uint64_t
hash_of(const struct json_keys *k, uint64_t object, const char *key, size_t size)
{
    const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
    uint64_t hash = mix(k->seed ^ object, odd ^ size);
    const uint8_t *p = (const uint8_t *)key;
    uint8_t last[8] = {0};

    for (; size >= 8; p += 8, size -= 8)
        hash = mix(hash ^ get_le64(p), odd ^ k->seed);
    memcpy(last, p, size);
    return mix(hash ^ get_le64(last), odd ^ k->seed);
}

static struct json_keys_slot *
find(const struct json_keys *k, const struct json_keys_slot *wanted)
{
    size_t i = wanted->hash & (k->room - 1);

    for (;; i = (i + 1) & (k->room - 1)) {
        struct json_keys_slot *s = &k->slots[i];

        if (!s->object)
            return s;
        if (s->hash == wanted->hash && s->object == wanted->object &&
            s->size == wanted->size && memcmp(s->key, wanted->key, s->size) == 0)
            return s;
    }
}

static void
grow(struct json_keys *k)
{
    struct json_keys old = *k;

    if (k->room == 0) {
        struct timespec now = {0};

        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        k->seed = mix((uint64_t)now.tv_nsec ^ (uint64_t)(uintptr_t)&now,
                      (uint64_t)now.tv_sec << 32 | (uint64_t)(uintptr_t)&json_keys_add);
    }
    k->room = k->room ? 2 * k->room : 64;
    k->slots = xcalloc(k->room, sizeof *k->slots);
    for (size_t i = 0; i < old.room; i++)
        if (old.slots[i].object)
            *find(k, &old.slots[i]) = old.slots[i];
    free(old.slots);
}

bool
json_keys_add(struct json_keys *k, uint64_t object, const char *key, size_t size)
{
    struct json_keys_slot wanted = {object, key, size, 0}, *slot;

    if (2 * k->count >= k->room)
        grow(k);
    wanted.hash = hash_of(k, object, key, size);
    slot = find(k, &wanted);
    if (slot->object)
        return false;
    *slot = wanted;
    k->count++;
    return true;
}

void
json_keys_clear(struct json_keys *k)
{
    free(k->slots);
    *k = (struct json_keys){0};
}
