/* Set algebra: the oddities that a plausible implementation gets wrong. */
#include "keyset/keyset.h"
#include "test.h"

#include <string.h>

static struct keyspace keys;

static unsigned
key(const char *name)
{
    unsigned out = 0;

    CHECK(key_find(&keys, name, strlen(name), &out));
    return out;
}

static uint64_t
set(const char *name)
{
    return keys.bits[key(name)];
}

static void
sizes(const char *version, unsigned slots, uint64_t full)
{
    const struct torch_version *v = NULL;
    struct error err = {0};

    CHECK(torch_version_find(&v, version, &err));
    keyspace_init(&keys, v);
    CHECK(keys.slot_count == slots);
    CHECK(v->full == full);
    CHECK(keys.slot[key("CPU")] == 1);
    CHECK(keys.slot[key("PythonDispatcher")] == slots - 1);
}

static void
oddities(void)
{
    uint64_t mixed = set("CPU") | set("SparseCUDA");
    struct buf text = {0};

    CHECK(keyset_has(&keys, mixed, key("SparseCPU")));
    CHECK(keyset_sub(&keys, mixed, mixed) == (mixed & keys.backend_mask));
    CHECK(keyset_remove(&keys, set("CPU"), key("CPU")) == 1);
    CHECK(keyset_key(&keys, set("Dense")) == key("CPU") - 1);
    CHECK(keyset_slot(&keys, set("Dense")) == keyset_slot(&keys, set("CPU")));
    CHECK(keys.bits[key("Autograd")] == 0);
    keyset_format(&keys, set("AutogradFunctionality") | set("AutogradOther"), &text);
    CHECK(strcmp(buf_string(&text), "DispatchKeySet(AutogradOther)") == 0);
    buf_clear(&text);
}

static void
every_key_has_its_slot(void)
{
    bool seen[SLOTS_MAX] = {false};

    for (unsigned i = 0; i < keys.runtime_count; i++) {
        unsigned slot = keys.slot[keys.runtime[i]];

        CHECK(slot < keys.slot_count);
        CHECK(!seen[slot]);
        seen[slot] = true;
        CHECK(keyset_key(&keys, keys.bits[keys.runtime[i]]) == keys.runtime[i]);
    }
    CHECK(keys.runtime_count == keys.slot_count);
}

int
main(void)
{
    sizes("1.13", 106, 0x003fffffffffffffULL);
    oddities();
    every_key_has_its_slot();
    sizes("2.6.0+debian", 131, 0x1fffffffffffffffULL);
    oddities();
    every_key_has_its_slot();
    return test_failures != 0;
}
