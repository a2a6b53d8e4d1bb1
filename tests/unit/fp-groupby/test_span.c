/* test_span.c: spans of time written as text; the values are those of pandas 2.2.3. */
#include "test.h"

#include "io/value.h"
#include "table/span.h"

static const struct {
    const char *text;
    int64_t ns;
} known[] = {
    {"1 days", 86400000000000},
    {"10min", 600000000000},
    {" + 1.5h", 5400000000000},
    {"0.29s", 290000000},
    {"1d 2h", 93600000000000},
    {"-1h", -3600000000000},
    {"1 days 02:03:04.123456789", 93784123456789},
    {"-1 days +23:59:59", -1000000000},
    {"1m2s3ms4us5ns", 62003004005},
    {"2 hours 3 minutes", 7380000000000},
    {"3 w", 1814400000000000},
    {"1 \xc2\xb5s", 1000},
    {"1.0000000001s", 1000000000},
    {"13.11884944975 minutes13.92298982094626 min", 1622510356236},
    {"14.57381394107185D12.5300939891hours21:53:61", 1383126862869363},
    {"0.9ns", 0},
    {"100:00:00", 360000000000000},
    {"23:59:59.9999999999", 86399999999999},
    {"106751 days", 9223286400000000000},
};

/* pandas refuses these too, but for the number without a unit. */
static const char *const refused[] = {
    "",        " ",
    "-",       "5",
    "h",       "1x",
    "2 weeks", "1M",
    ".5h",     "1e3s",
    "1h 30",   "02:03",
    "1:2:3.",  "1:2:",
    "1:2:3 4", "106752 days",
    "--1h",    "1 days -01:00:00",
    "+",       "1h + ",
    "1. 5h",   "99999999999999999999s",
};

static void
check_known(void)
{
    int64_t ns;

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        CHECK(span_read(known[i].text, &ns) && ns == known[i].ns);
    }
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        CHECK(!span_read(refused[i], &ns));
}

/* What is written is read back. */
static void
check_round_trip(void)
{
    uint64_t state = 1;

    for (int i = 0; i < 20000; i++) {
        struct buf text = {0};
        int64_t read;
        int64_t ns;

        state = state * 6364136223846793005 + 1442695040888963407;
        ns = (int64_t)state >> (i % 60);
        if (ns < -9223286400000000000)
            continue;
        value_put_cell(&text, (struct cell){.i = ns, .kind = CELL_SPAN});
        buf_putc(&text, '\0');
        CHECK(span_read((const char *)text.data, &read) && read == ns);
        buf_clear(&text);
    }
}

int
main(void)
{
    check_known();
    check_round_trip();
    return test_failures != 0;
}
