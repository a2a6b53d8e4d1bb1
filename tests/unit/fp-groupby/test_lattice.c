/* test_lattice.c: the type of a column by facts of its pieces is that of the whole. */
#include "shards/lattice.h"
#include "test.h"

#include "fp-groupby/random_frame.h"

static const char *const texts[] = {
    "1",
    "-2",
    "+3",
    " 4 ",
    "",
    "NA",
    "1.5",
    "-1e3",
    "inf",
    "True",
    "false",
    "x",
    "-",
    "-x",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "18446744073709551615",
    "18446744073709551616",
    "-99999999999999999999",
    "99999999999999999999x",
    "1_000",
    "1__0",
    "5",
};

/* Few kinds at a time, or every column would be text. */
static struct cell
random_field(uint64_t *state, const size_t *kinds)
{
    return cell_str(texts[kinds[random_next(state) % 3]]);
}

static void
check_column(uint64_t *state)
{
    enum { MOST = 12 };
    struct arena a = {0};
    struct csv_options o = csv_defaults;
    struct cell fields[MOST];
    struct lattice pieces[3] = {{0}};
    struct csv_field_error why = {0};
    size_t n = random_next(state) % MOST;
    size_t cut[4] = {0, n ? random_next(state) % n : 0, 0, n};
    size_t kinds[3];

    o.thousands = random_next(state) % 3 == 0 ? '_' : 0;
    for (size_t i = 0; i < 3; i++)
        kinds[i] = random_next(state) % COUNT_OF(texts);
    for (size_t i = 0; i < n; i++)
        fields[i] = random_field(state, kinds);
    cut[2] = cut[1] + (n > cut[1] ? random_next(state) % (n - cut[1]) : 0);
    for (size_t k = 0; k < 3; k++)
        for (size_t i = cut[k]; i < cut[k + 1]; i++)
            lattice_add(&pieces[k], fields[i], &o);
    if (random_next(state) & 1) { /* either tree */
        lattice_join(&pieces[1], &pieces[2]);
        lattice_join(&pieces[0], &pieces[1]);
    } else {
        lattice_join(&pieces[0], &pieces[1]);
        lattice_join(&pieces[0], &pieces[2]);
    }

    struct column *whole = csv_convert(&a, fields, n, &o, &why);
    struct column *ours = lattice_read(&a, lattice_type(&pieces[0]), fields, n, &o);

    CHECK(same_columns(whole, ours));
    arena_clear(&a);
}

int
main(void)
{
    uint64_t state = 7;

    for (size_t i = 0; i < 200000; i++)
        check_column(&state);
    return test_failures != 0;
}
