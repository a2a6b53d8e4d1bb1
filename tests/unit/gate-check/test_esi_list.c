/* Lists of symbol ids: what is one, what is not, and the arithmetic on them. */
#include "evidence/esi_list.h"
#include "test.h"

static bool
parses(const char *text, uint64_t members)
{
    struct esi_list list;

    if (!esi_list_parse(text, &list))
        return false;
    CHECK(list.members == members);
    esi_list_clear(&list);
    return true;
}

static bool
refused(const char *text)
{
    struct esi_list list;
    bool ok = esi_list_parse(text, &list);

    if (ok)
        esi_list_clear(&list);
    return !ok;
}

static bool
partition(const char *a, const char *b)
{
    struct esi_list x, y;
    bool yes = false;

    if (esi_list_parse(a, &x)) {
        if (esi_list_parse(b, &y)) {
            yes = esi_lists_partition(&x, &y);
            esi_list_clear(&y);
        }
        esi_list_clear(&x);
    }
    return yes;
}

static uint64_t
below(const char *text, uint32_t limit)
{
    struct esi_list list;
    uint64_t n = 0;

    if (esi_list_parse(text, &list)) {
        n = esi_list_below(&list, limit);
        esi_list_clear(&list);
    }
    return n;
}

int
main(void)
{
    CHECK(parses("", 0) && parses("-", 0) && parses("0", 1) && parses("0-2,4,16-19", 8));
    CHECK(parses("16777215", 1) && parses("0-16777215", 16777216));
    CHECK(refused("16777216") && refused("0-16777216") &&
          refused("99999999999999999999"));
    CHECK(refused("2-1") && refused("1,1") && refused("3,2") && refused("0-4,4"));
    CHECK(refused(",") && refused("1,") && refused(",1") && refused("1--2"));
    CHECK(refused(" 1") && refused("1 ") && refused("+1") && refused("0x1") &&
          refused("1;2"));
    CHECK(below("0-2,4,16-19", 0) == 0 && below("0-2,4,16-19", 4) == 3 &&
          below("0-2,4,16-19", 18) == 6 && below("0-2,4,16-19", 100) == 8);
    CHECK(partition("0-3", "4-9") && partition("1,3", "0,2,4") && partition("", "0"));
    CHECK(!partition("0-3", "5-9") && !partition("0-4", "4-9") && !partition("1-4", "5"));
    return test_failures != 0;
}
