/* FrankenTorch's digest, against values of an independent implementation. */
#include "layouts/det64.h"
#include "test.h"

#include <string.h>

static void
check(const char *text, const char *want)
{
    char out[DET64_TEXT_SIZE];

    det64_text(det64_finish(det64_step(DET64_SEED, text, strlen(text))), out);
    CHECK(strcmp(out, want) == 0);
}

int
main(void)
{
    check("", "det64:2845d377eb4efc73");
    check("a", "det64:14e8924df27bb565");
    check("abc", "det64:696532b565664ceb");
    check("the quick brown fox", "det64:7afd196fda753a86");
    return test_failures != 0;
}
