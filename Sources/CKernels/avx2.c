// AVX2 with FMA and F16C: x86-64 since 2013.
#if defined(__x86_64__)
#include <immintrin.h>

#include "x86.h"

static bool is_supported(void) { return has_avx2(); }

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#define VK_ISA avx2
#define VK_TILE 4
#include "row.h"

VK_INLINE __m256i load_bytes(const uint8_t *bytes) { return _mm256_loadu_si256((const __m256i_u *)bytes); }

VK_INLINE __m256i repeat_word(const uint8_t *bytes) {
    int32_t word;
    __builtin_memcpy(&word, bytes, sizeof word);
    return _mm256_set1_epi32(word);
}

VK_INLINE void store_dots(i32x16 *dots, __m256i low, __m256i high) {
    _mm256_storeu_si256((__m256i_u *)dots, low);
    _mm256_storeu_si256((__m256i_u *)dots + 1, high);
}

// Bytes 0 and 2 of each group widen by two shifts, bytes 1 and 3 by one; vpmaddwd multiplies and adds the pairs.
VK_INLINE void dot_i8_i16(const uint8_t *groups, const uint8_t *a, size_t stride, size_t group_count, size_t tokens,
                          i32x16 *dots) {
    __m256i low[vk_most_tokens], high[vk_most_tokens];
    for (size_t t = 0; t < tokens; t++) low[t] = high[t] = _mm256_setzero_si256();
    for (size_t group = 0; group < group_count; group++) {
        __m256i rows0 = load_bytes(groups + group * vk_group), rows8 = load_bytes(groups + group * vk_group + 32);
        __m256i even0 = _mm256_srai_epi16(_mm256_slli_epi16(rows0, 8), 8), odd0 = _mm256_srai_epi16(rows0, 8);
        __m256i even8 = _mm256_srai_epi16(_mm256_slli_epi16(rows8, 8), 8), odd8 = _mm256_srai_epi16(rows8, 8);
        for (size_t t = 0; t < tokens; t++) {
            __m256i even = repeat_word(a + t * stride + group * 8), odd = repeat_word(a + t * stride + group * 8 + 4);
            low[t] = _mm256_add_epi32(
                low[t], _mm256_add_epi32(_mm256_madd_epi16(even0, even), _mm256_madd_epi16(odd0, odd)));
            high[t] = _mm256_add_epi32(
                high[t], _mm256_add_epi32(_mm256_madd_epi16(even8, even), _mm256_madd_epi16(odd8, odd)));
        }
    }
    for (size_t t = 0; t < tokens; t++) store_dots(dots + t, low[t], high[t]);
}

// vpmaddubsw wants unsigned times signed: |w| and a with the sign of w. A pair stays below 2 · 128 · 127 < 2^15.
VK_INLINE void dot_i8_i8(const uint8_t *groups, const uint8_t *a, size_t stride, size_t group_count, size_t tokens,
                         i32x16 *dots) {
    const __m256i ones = _mm256_set1_epi16(1);
    __m256i low[vk_most_tokens], high[vk_most_tokens];
    for (size_t t = 0; t < tokens; t++) low[t] = high[t] = _mm256_setzero_si256();
    for (size_t group = 0; group < group_count; group++) {
        __m256i rows0 = load_bytes(groups + group * vk_group), rows8 = load_bytes(groups + group * vk_group + 32);
        __m256i size0 = _mm256_abs_epi8(rows0), size8 = _mm256_abs_epi8(rows8);
        for (size_t t = 0; t < tokens; t++) {
            __m256i quad = repeat_word(a + t * stride + group * 4);
            __m256i pairs0 = _mm256_maddubs_epi16(size0, _mm256_sign_epi8(quad, rows0));
            __m256i pairs8 = _mm256_maddubs_epi16(size8, _mm256_sign_epi8(quad, rows8));
            low[t] = _mm256_add_epi32(low[t], _mm256_madd_epi16(pairs0, ones));
            high[t] = _mm256_add_epi32(high[t], _mm256_madd_epi16(pairs8, ones));
        }
    }
    for (size_t t = 0; t < tokens; t++) store_dots(dots + t, low[t], high[t]);
}

const vk_kernels vk_row__avx2 = {.name = "avx2", .is_supported = is_supported, VK_ROW_FUNCTIONS};
#pragma clang attribute pop
#endif
