/* Two replays are the same when every number is the same bits. */
#include "compare/value.h"
#include "gates/gates.h"

#include <string.h>

static const char rule[] = "replay";

static bool
is_empty(const struct json *node)
{
    return (json_type(node) == JSON_OBJECT || json_type(node) == JSON_ARRAY) &&
           !json_first(node);
}

static const char *
shown(struct judgement *j, const struct json *node)
{
    if (!node)
        return "nothing";
    if (json_type(node) == JSON_NUMBER || json_type(node) == JSON_STRING)
        return json_text(node);
    if (json_type(node) == JSON_BOOL)
        return json_is_true(node) ? "true" : "false";
    return judgement_text(j, "%s of %zu", json_type_name(json_type(node)),
                          json_count(node));
}

void
gate_replay(struct judgement *j, const char *a, const char *b)
{
    struct evidence one = {.judgement = j, .file = a}, two = {.judgement = j, .file = b};
    const struct compare_rule exact = {.kind = COMPARE_EXACT};
    struct difference d;
    bool readable = evidence_json(&one);

    if (evidence_json(&two) && readable) {
        if (is_empty(json_root(one.doc)) || is_empty(json_root(two.doc)))
            (void)judge(j, REASON_ZERO_EXECUTED, rule, a, "",
                        "an empty replay shows nothing");
        else if (!value_equal(json_root(one.doc), json_root(two.doc), &exact, &d))
            reason_values(j,
                          judge(j, REASON_REPLAY_DIVERGED, rule, b, d.at,
                                "first divergence from %s: %s", a, d.detail),
                          shown(j, d.expected), shown(j, d.actual));
    }
    evidence_close(&one);
    evidence_close(&two);
}
