/* pack_avx512.c: all keys of eight rows, so that many reads of the maps are under way. */
#include "store/pack.h"

#include <immintrin.h>

enum { LANES = 8 };

static void
pack(const struct pack_key *keys, size_t n_keys, size_t n, uint64_t *words)
{
    for (size_t i = 0; i < n; i += LANES) {
        __mmask8 live = (__mmask8)(n - i >= LANES ? 0xff : (1u << (n - i)) - 1);
        __mmask8 kept = live;
        __m512i word = _mm512_setzero_si512();

        for (size_t k = 0; k < n_keys; k++) {
            __m256i code = _mm256_maskz_loadu_epi32(live, keys[k].codes + i);
            __m512i packed;

            code =
                _mm512_mask_i64gather_epi32(_mm256_setzero_si256(), live,
                                            _mm512_cvtepu32_epi64(code), keys[k].map, 4);
            packed = _mm512_sll_epi64(_mm512_cvtepu32_epi64(code),
                                      _mm_cvtsi32_si128((int)keys[k].shift));
            kept &= _mm256_test_epi32_mask(code, code);
            word = _mm512_or_si512(word, packed);
        }
        _mm512_mask_storeu_epi64(words + i, live, _mm512_maskz_mov_epi64(kept, word));
    }
}

extern const struct pack_ops pack_avx512;
const struct pack_ops pack_avx512 = {.name = "avx512", .pack = pack};
