/*
 * fields_avx512.c: eight fields side by side, each in a lane of 64 bits.
 *
 * A lane gathers the eight octets in front of a field's end, in which the digits lie
 * right-justified; what is not a digit of the field becomes 0 (number_tail() of
 * csv/number.h).  Three multiplications add the digits up: pairs, fours, eights.
 */
#include "batch/fields.h"

#include <immintrin.h>

enum { LANES = 8 };

/* Eight neighbouring fields, of which the lanes in `live` are there. */
struct lanes {
    __mmask8 live;
    __m512i begin, end, size;
};

static inline __m512i
all_of(uint64_t word)
{
    return _mm512_set1_epi64((long long)word);
}

static inline struct lanes
lanes_of(struct fields f, size_t row, size_t n)
{
    const __m512i order = _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0);
    struct lanes l = {.live = (__mmask8)(n >= LANES ? 0xff : (1u << n) - 1)};
    __m512i at = _mm512_mul_epu32(order, all_of(f.stride));
    __m512i pair = _mm512_mask_i64gather_epi64(_mm512_setzero_si512(), l.live, at,
                                               f.ends + row * f.stride, 4);

    pair = _mm512_add_epi32(pair, all_of(1)); /* to its lower half, modulo 2^32 */
    l.begin = _mm512_and_si512(pair, all_of(UINT32_MAX));
    l.end = _mm512_srli_epi64(pair, 32);
    l.size = _mm512_sub_epi64(l.end, l.begin);
    return l;
}

/* The eight octets that begin at text[at]. */
static inline __m512i
octets_at(struct fields f, __mmask8 lanes, __m512i at)
{
    return _mm512_mask_i64gather_epi64(_mm512_setzero_si512(), lanes, at, f.text, 1);
}

/* Ones in the last so many bits, 64 at most. */
static inline __m512i
last_bits(__m512i bits)
{
    return _mm512_sllv_epi64(all_of(UINT64_MAX), _mm512_sub_epi64(all_of(64), bits));
}

/* The last octets as digits, zeros in front. */
static inline __m512i
digits_of(__m512i octets, __m512i bits)
{
    octets = _mm512_xor_si512(octets, _mm512_set1_epi8('0'));
    return _mm512_and_si512(octets, last_bits(bits));
}

/* Lanes where every octet is at most 9. */
static inline __mmask8
all_digits(__m512i digits)
{
    __m512i beyond = _mm512_add_epi8(digits, _mm512_set1_epi8(0x7f - 9));

    return _mm512_testn_epi64_mask(_mm512_or_si512(beyond, digits),
                                   _mm512_set1_epi8((char)0x80));
}

static inline __m512i
value_of(__m512i digits)
{
    __m512i pairs = _mm512_maddubs_epi16(digits, _mm512_set1_epi16(1 << 8 | 10));
    __m512i fours = _mm512_madd_epi16(pairs, _mm512_set1_epi32(1 << 16 | 100));

    return _mm512_add_epi64(_mm512_mul_epu32(fours, all_of(10000)),
                            _mm512_srli_epi64(fours, 32));
}

static inline __m512i
bits_of(__m512i octets)
{
    return _mm512_slli_epi64(octets, 3);
}

/* Lanes whose size is 1 to 8. */
static inline __mmask8
short_ones(__m512i size)
{
    return _mm512_cmplt_epu64_mask(_mm512_sub_epi64(size, all_of(1)), all_of(8));
}

static uint64_t
integers(const struct fields *f, size_t first, size_t n, int64_t *out, uint64_t *seen)
{
    __m512i all = _mm512_setzero_si512();
    uint64_t left = 0;

    for (size_t i = 0; i < n; i += LANES) {
        struct lanes l = lanes_of(*f, first + i, n - i);
        __mmask8 taken = l.live & short_ones(l.size);
        __m512i tail = octets_at(*f, taken, _mm512_sub_epi64(l.end, all_of(8)));
        __m512i digits = digits_of(tail, bits_of(l.size));
        __m512i value = value_of(digits);

        taken &= all_digits(digits);
        all = _mm512_mask_or_epi64(all, taken, all, value);
        _mm512_mask_storeu_epi64(out + i, l.live, value);
        left |= (uint64_t)(l.live & ~taken) << i;
    }
    *seen |= (uint64_t)_mm512_reduce_or_epi64(all);
    return left;
}

/* As number_f64_short(): up to 8 digits, a point, up to 7 digits. */
static inline __mmask8
eight_floats(struct fields f, const struct lanes *l, __m512d *out)
{
    const __m512d power = _mm512_set_pd(1e7, 1e6, 1e5, 1e4, 1e3, 1e2, 1e1, 1);
    const __m512i scale =
        _mm512_set_epi64(10000000, 1000000, 100000, 10000, 1000, 100, 10, 1);
    __m512i near = _mm512_min_epu64(l->size, all_of(8));
    __m512i tail = octets_at(f, l->live, _mm512_sub_epi64(l->end, all_of(8)));
    __m512i dots = _mm512_maskz_mov_epi8(
        _mm512_cmpeq_epi8_mask(tail, _mm512_set1_epi8('.')), last_bits(bits_of(near)));
    __mmask8 pointed = _mm512_test_epi64_mask(dots, dots);
    /* Bits behind the last point, with it, and before it. */
    __m512i decimals = _mm512_maskz_lzcnt_epi64(pointed, dots);
    __m512i point = _mm512_mask_add_epi64(decimals, pointed, decimals, all_of(8));
    __m512i whole = _mm512_sub_epi64(bits_of(l->size), point);
    __m512i places = _mm512_srli_epi64(decimals, 3);
    __mmask8 taken = l->live & short_ones(_mm512_srli_epi64(whole, 3));
    __m512i at = _mm512_sub_epi64(l->end, _mm512_srli_epi64(point, 3));
    __m512i before = octets_at(f, taken, _mm512_sub_epi64(at, all_of(8)));
    __m512i part = digits_of(tail, decimals);
    __m512i value;

    before = digits_of(before, whole);
    taken &= all_digits(before) & all_digits(part);
    value = _mm512_mul_epu32(value_of(before), _mm512_permutexvar_epi64(places, scale));
    value = _mm512_add_epi64(value, value_of(part));
    *out = _mm512_div_pd(_mm512_cvtepu64_pd(value), _mm512_permutexvar_pd(places, power));
    return taken;
}

static uint64_t
floats(const struct fields *f, size_t first, size_t n, double *out)
{
    uint64_t left = 0;

    for (size_t i = 0; i < n; i += LANES) {
        struct lanes l = lanes_of(*f, first + i, n - i);
        __m512d value;
        __mmask8 taken = eight_floats(*f, &l, &value);

        _mm512_mask_storeu_pd(out + i, l.live, value);
        left |= (uint64_t)(l.live & ~taken) << i;
    }
    return left;
}

/* Places of keys among the numbers (key_rank); lanes that have one. */
static inline __mmask8
eight_ranks(struct fields f, const struct lanes *l, const struct key_numbers *k,
            __m512i *out)
{
    const __m512i shorter =
        _mm512_set_epi64(11111110, 1111110, 111110, 11110, 1110, 110, 10, 0);
    __m512i n_digits = _mm512_sub_epi64(l->size, all_of(k->prefix_size));
    __mmask8 taken = l->live & short_ones(n_digits);
    __m512i tail = octets_at(f, taken, _mm512_sub_epi64(l->end, all_of(8)));
    __m512i digits = digits_of(tail, bits_of(n_digits));
    __m512i before =
        _mm512_permutexvar_epi64(_mm512_sub_epi64(n_digits, all_of(1)), shorter);

    if (k->prefix_size > 0) {
        __m512i head = octets_at(f, taken, l->begin);

        head = _mm512_xor_si512(head, all_of(k->prefix));
        taken &= _mm512_testn_epi64_mask(head, all_of(k->mask));
    }
    *out =
        _mm512_sub_epi64(_mm512_add_epi64(value_of(digits), before), all_of(k->origin));
    return taken & all_digits(digits);
}

static uint64_t
codes(const struct fields *f, size_t first, size_t n, const struct key_numbers *k,
      uint32_t *out)
{
    uint64_t left = 0;

    for (size_t i = 0; i < n; i += LANES) {
        struct lanes l = lanes_of(*f, first + i, n - i);
        __m512i rank;
        __mmask8 taken = eight_ranks(*f, &l, k, &rank);
        __m256i code;

        taken &= _mm512_cmplt_epu64_mask(rank, all_of(k->n_codes));
        code =
            _mm512_mask_i64gather_epi32(_mm256_setzero_si256(), taken, rank, k->codes, 4);
        taken &= _mm256_test_epi32_mask(code, code);
        code = _mm256_sub_epi32(code, _mm256_set1_epi32(1));
        _mm256_mask_storeu_epi32(out + i, l.live, code);
        left |= (uint64_t)(l.live & ~taken) << i;
    }
    return left;
}

extern const struct fields_ops fields_avx512;
const struct fields_ops fields_avx512 = {
    .name = "avx512", .integers = integers, .floats = floats, .codes = codes};
