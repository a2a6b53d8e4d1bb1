/* nested.c: see nested.h. */
#include "model/nested.h"

#include "common/buf.h"
#include "fault.h"
#include "model/describe.h"
#include "pickle/machine.h"
#include "pickle/policy.h"

enum { SIZE_MAX_CHECKED = 1 << 20 };

bool
nested_check_octets(const uint8_t *data, size_t size, struct error *err)
{
    struct error ignored = {0};
    struct pickle p;
    bool ok = true;

    if (size < 4 || size > SIZE_MAX_CHECKED)
        return true;
    if (pickle_run(&p, data, size, PICKLE_LENIENT, &ignored) && p.globals) {
        char name[160];
        bool unsafe = policy_judge(p.globals, NULL) >= VERDICT_UNKNOWN;

        ok = fault(err, ERR_UNSAFE, unsafe ? "unsafe-global" : "nested-pickle",
                   "bytes hold another pickle, which imports %s",
                   fault_text(p.globals->name, p.globals->size, name, sizeof name));
    }
    pickle_clear(&p);
    return ok;
}

bool
nested_check(const struct value *v, struct error *err)
{
    enum meaning meaning = describe_meaning(v);
    struct buf octets = {0};
    bool ok;

    if (v->kind == VALUE_BYTES || v->kind == VALUE_BYTEARRAY)
        return nested_check_octets(v->text, v->count, err);
    if (meaning != MEANING_BYTES && meaning != MEANING_BYTEARRAY)
        return true;
    describe_octets(v, &octets);
    ok = nested_check_octets(octets.data, octets.size, err);
    buf_clear(&octets);
    return ok;
}
