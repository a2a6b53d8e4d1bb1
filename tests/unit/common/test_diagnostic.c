#include "common/diagnostic.h"
#include "test.h"

#include <string.h>

int
main(void)
{
    struct diagnostics d;
    struct error err = {0};

    diagnostics_init(&d, MODE_STRICT, 2);
    CHECK(!diagnostics_recover(&d, "ragged_row", "row 7", &err, "%d fields", 3));
    CHECK(err.class == ERR_MALFORMED && strcmp(err.subclass, "ragged_row") == 0);
    CHECK(strcmp(err.at, "row 7") == 0 && strcmp(err.message, "3 fields") == 0);
    CHECK(d.count == 0);
    diagnostics_clear(&d);

    diagnostics_init(&d, MODE_HARDENED, 2);
    CHECK(diagnostics_recover(&d, "a", "1", &err, "first"));
    CHECK(diagnostics_recover(&d, "b", "2", &err, "second"));
    CHECK(!diagnostics_recover(&d, "c", "3", &err, "third"));
    CHECK(err.class == ERR_LIMIT && strstr(err.message, "third"));
    CHECK(d.count == 2 && strcmp(d.items[1].code, "b") == 0);
    diagnostics_clear(&d);
    CHECK(d.count == 0 && d.mode == MODE_HARDENED);
    return test_failures != 0;
}
