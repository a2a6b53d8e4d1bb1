/* test_fields.c: what is taken is right, and every variant takes and gives the same. */
#include "batch/fields.h"

#include "test.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS = 150, COLUMNS = 3, FRONT = 64, ROUNDS = 1500, FIELD_MOST = 24 };

static uint64_t state = 20;

static uint32_t
chance(uint32_t n)
{
    state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(state >> 33) % n;
}

/* Rows of three fields each, and where they end. */
struct text {
    uint8_t octets[FRONT + ROWS * COLUMNS * (FIELD_MOST + 1) + SCAN_SLACK];
    uint32_t ends[1 + ROWS * COLUMNS];
    size_t size;
};

static void
put(struct text *t, const char *octets, size_t n)
{
    memcpy(t->octets + FRONT + t->size, octets, n);
    t->size += n;
}

/* Digits, and now and then what is none. */
static void
put_digits(struct text *t, size_t n, bool wild)
{
    static const char others[] = "0123456789.-+ e\"/:;x\x80\xb0\xb9\xff";

    for (size_t i = 0; i < n; i++) {
        char c = (char)('0' + chance(10));

        if (wild && chance(9) == 0)
            c = others[chance(sizeof others - 1)];
        put(t, &c, 1);
    }
}

/* A name and a small number, with as many zeros in front as all others have. */
static void
put_key(struct text *t, const char *prefix, int digits)
{
    char key[32];
    int n = snprintf(key, sizeof key, "%s%0*u", prefix, digits, chance(200));

    put(t, key, (size_t)n);
}

static void
put_field(struct text *t, bool wild, const char *prefix, int digits)
{
    switch (chance(4)) {
    case 0: put_digits(t, chance(10), wild); break;
    case 1:
        put_digits(t, chance(10), wild);
        put(t, ".", 1);
        put_digits(t, chance(9), wild);
        break;
    case 2: put_digits(t, 1 + chance(3), wild); break;
    default: put_key(t, prefix, digits);
    }
}

static void
fill(struct text *t)
{
    static const char *const prefixes[] = {"",  "",         "id", "id0",
                                           "i", "identify", "-",  "k"};
    const char *prefix = prefixes[chance(8)];
    int digits = 1 + (int)chance(8);
    bool wild = chance(2);

    for (size_t i = 0; i < sizeof t->octets; i++)
        t->octets[i] = (uint8_t) "0123456789.,"[chance(12)];
    t->size = 0;
    t->ends[0] = UINT32_MAX;
    for (size_t i = 1; i <= ROWS * COLUMNS; i++) {
        put_field(t, wild, prefix, digits);
        t->ends[i] = (uint32_t)t->size;
        put(t, i % COLUMNS ? "," : "\n", 1);
    }
}

/* The fields are as the functions say that stand behind the fast ways. */
static void
check_numbers(const struct fields_ops *ops, const struct fields *f, size_t first,
              size_t n)
{
    int64_t integers[FIELDS_BLOCK + 1];
    double floats[FIELDS_BLOCK + 1];
    uint64_t seen = 0, want = 0;

    integers[n] = 77;
    floats[n] = 77;
    uint64_t no_integer = ops->integers(f, first, n, integers, &seen);
    uint64_t no_float = ops->floats(f, first, n, floats);

    CHECK(integers[n] == 77 && floats[n] == 77);
    for (size_t i = 0; i < n; i++) {
        struct span s = fields_span(f, first + i);
        const uint8_t *p = f->text + s.begin;
        size_t size = s.end - s.begin;
        int64_t integer;
        double real;

        if ((no_integer >> i & 1) == 0) {
            CHECK(number_i64(p, size, &integer) && integer == integers[i]);
            want |= (uint64_t)integers[i];
        }
        if ((no_float >> i & 1) == 0)
            CHECK(number_f64(p, size, &real) &&
                  memcmp(&real, &floats[i], sizeof real) == 0);
    }
    CHECK(seen == want);
    CHECK(no_integer == fields_scalar.integers(f, first, n, integers, &seen));
    CHECK(no_float == fields_scalar.floats(f, first, n, floats));
}

/* Codes are those of the dictionary, and none that is known by its number is missed. */
static void
check_codes(const struct fields_ops *ops, const struct fields *f, size_t first, size_t n,
            struct dictionary *d)
{
    uint32_t codes[FIELDS_BLOCK + 1], same[FIELDS_BLOCK + 1];

    if (!d->numbers.used)
        return;
    codes[n] = 77;
    uint64_t left = ops->codes(f, first, n, &d->numbers, codes);

    CHECK(codes[n] == 77);
    CHECK(left == fields_scalar.codes(f, first, n, &d->numbers, same));
    for (size_t i = 0; i < n; i++) {
        struct span s = fields_span(f, first + i);
        const uint8_t *p = f->text + s.begin;
        size_t size = s.end - s.begin;
        struct key key = key_of_text(p, size);
        uint32_t code = UINT32_MAX;

        if ((left >> i & 1) == 0)
            CHECK(dictionary_find(d, key, key_hash(key), p, size, &code) &&
                  code == codes[i]);
        else if (chance(2))
            dictionary_number(d, p, size, dictionary_add(d, key, key_hash(key), p, size));
    }
}

static void
check_variant(const struct fields_ops *ops)
{
    static struct text t;
    uint64_t taken = 0;

    for (size_t round = 0; round < ROUNDS; round++) {
        struct dictionary d;
        size_t column = chance(COLUMNS);
        const struct fields f = {t.octets + FRONT, t.ends + column, COLUMNS};

        fill(&t);
        dictionary_init(&d);
        for (size_t i = 0, n; i < ROWS; i += n) {
            n = 1 + chance(FIELDS_BLOCK);
            if (n > ROWS - i)
                n = ROWS - i;
            check_numbers(ops, &f, i, n);
            check_codes(ops, &f, i, n, &d);
            if (d.n == 0) {
                struct span s = fields_span(&f, i);
                struct key key = key_of_text(f.text + s.begin, s.end - s.begin);

                dictionary_number(&d, f.text + s.begin, s.end - s.begin,
                                  dictionary_add(&d, key, key_hash(key), f.text + s.begin,
                                                 s.end - s.begin));
            }
        }
        taken += d.numbers.used;
        dictionary_clear(&d);
    }
    CHECK(taken > ROUNDS / 4);
}

int
main(void)
{
    const struct fields_ops *usable[FIELDS_VARIANTS_MAX];
    size_t n = fields_usable(usable);

    for (size_t i = 0; i < n; i++)
        check_variant(usable[i]);
    CHECK(fields_select() == usable[n - 1]);
    (void)printf("fields: %zu variants\n", n);
    return test_failures != 0;
}
