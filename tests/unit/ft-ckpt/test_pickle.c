/* The pickle machine: what strict takes, what it refuses and why. */
#include "pickle/machine.h"
#include "pickle/policy.h"
#include "test.h"

#include <string.h>

static bool
runs(const char *text, size_t n, enum pickle_rules rules, const char *reason)
{
    struct error err = {0};
    struct pickle p;
    bool ok = pickle_run(&p, (const uint8_t *)text, n, rules, &err);

    if (!ok)
        CHECK(strcmp(err.subclass, reason) == 0);
    pickle_clear(&p);
    return ok;
}

#define STRICT(text, reason)  runs(text, sizeof(text) - 1, PICKLE_STRICT, reason)
#define LENIENT(text, reason) runs(text, sizeof(text) - 1, PICKLE_LENIENT, reason)

static void
test_rules(void)
{
    CHECK(STRICT("\x80\x02}q\x00.", ""));
    CHECK(!STRICT("}q\x00.", "pickle-malformed"));
    CHECK(LENIENT("}q\x00.", ""));
    CHECK(!STRICT("\x80\x02N2.", "pickle-malformed"));
    CHECK(!STRICT("\x80\x02}\x80\x02.", "pickle-malformed"));
    CHECK(!STRICT("\x80\x06}.", "pickle-malformed"));
    CHECK(!STRICT("\x80\x02NN.", "pickle-malformed"));
    CHECK(!STRICT("\x80\x02.", "pickle-malformed"));
    CHECK(!STRICT("\x80\x02}", "pickle-malformed"));
    CHECK(!STRICT("\x80\x02K", "pickle-malformed"));
    CHECK(!STRICT("\x80\x02h\x01.", "pickle-malformed"));
    CHECK(!STRICT("\x80\x02Nr\xff\xff\xff\x7f.", "resource-limit"));
    CHECK(!STRICT("\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\x7f.", "resource-limit"));
    CHECK(!STRICT("\x80\x02X\xff\xff\x00\x00q.", "pickle-malformed"));
    CHECK(!STRICT("\x80\x02K\x01K\x02"
                  "a.",
                  "pickle-malformed"));
    CHECK(!STRICT("\x80\x02K\x01}b.", "pickle-malformed"));
    CHECK(!STRICT("\x80\x04\x95\x03\x00\x00\x00\x00\x00\x00\x00\x95\x00",
                  "pickle-malformed"));
}

static void
test_deep_marks(void)
{
    char text[2 + PICKLE_MARKS_MAX + 2] = "\x80\x02";

    memset(text + 2, '(', sizeof text - 2);
    CHECK(!runs(text, sizeof text, PICKLE_STRICT, "resource-limit"));
}

/* One GLOBAL, judged. */
static enum verdict
judge(const char *module, const char *name)
{
    char text[256];
    int n = snprintf(text, sizeof text,
                     "\x80\x02"
                     "c%s\n%s\n.",
                     module, name);
    struct error err = {0};
    struct pickle p;
    enum verdict v = VERDICT_UNKNOWN;

    CHECK(pickle_run(&p, (const uint8_t *)text, (size_t)n, PICKLE_STRICT, &err));
    if (p.globals)
        v = policy_judge(p.globals, NULL);
    pickle_clear(&p);
    return v;
}

static void
test_policy(void)
{
    CHECK(judge("torch._utils", "_rebuild_tensor_v2") == VERDICT_ALLOWED);
    CHECK(judge("__builtin__", "set") == VERDICT_ALLOWED);
    CHECK(judge("torch.nn.modules.linear", "Linear") == VERDICT_OPAQUE);
    CHECK(judge("torch.nn.modules.linear", "init") == VERDICT_UNKNOWN);
    CHECK(judge("torch.nn.modules", "linear.Linear") == VERDICT_DANGEROUS);
    CHECK(judge("__main__", "Net") == VERDICT_UNKNOWN);
    CHECK(judge("Torch._utils", "_rebuild_tensor_v2") == VERDICT_UNKNOWN);
    CHECK(judge("os", "system") == VERDICT_DANGEROUS);
    CHECK(judge("__builtin__", "eval") == VERDICT_DANGEROUS);
    CHECK(judge("pathlib", "os.system") == VERDICT_DANGEROUS);
    CHECK(judge("ossify", "f") == VERDICT_UNKNOWN);
}

int
main(void)
{
    test_rules();
    test_deep_marks();
    test_policy();
    return test_failures != 0;
}
