/* danger.c: see danger.h. */
#include "model/danger.h"

#include "fault.h"
#include "pickle/machine.h"
#include "pickle/policy.h"

bool
danger_prefer(const char *name, const uint8_t *data, size_t size, uint64_t at,
              struct error *err)
{
    struct error ignored = {0};
    struct pickle p;
    bool ran = pickle_run(&p, data, size, PICKLE_LENIENT, &ignored);

    (void)ran;
    for (const struct global *g = p.globals; g; g = g->next) {
        char text[160];
        const char *why = NULL;

        if (policy_judge(g, &why) == VERDICT_DANGEROUS) {
            *err = (struct error){0};
            (void)fault(err, ERR_UNSAFE, "unsafe-global", "%s imports %s, which %s", name,
                        fault_text(g->name, g->size, text, sizeof text), why);
            (void)error_at_byte(err, at + g->at);
            break;
        }
    }
    pickle_clear(&p);
    return false;
}
