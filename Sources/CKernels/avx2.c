// AVX2 with FMA and F16C: x86-64 since 2013.
#if defined(__x86_64__)
#include <immintrin.h>

#include "x86.h"

static bool is_supported(void) { return has_avx2(); }

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#define VK_ISA avx2
#define VK_PANELS 1
#define VK_TOKENS 4
#define VK_RUN 512
#define VK_STREAMS 4
#define VK_REGISTER 32
#define VK_SUMS 4
#define VK_CHAINS 1
#define VK_PAIRED 20
typedef __m256i vk_sum;
#include "row.h"

VK_INLINE __m256i load_bytes(const uint8_t *bytes) { return _mm256_loadu_si256((const __m256i_u *)bytes); }

VK_INLINE __m256i repeat_word(const uint8_t *bytes) {
    int32_t word;
    __builtin_memcpy(&word, bytes, sizeof word);
    return _mm256_set1_epi32(word);
}

enum { vk_most_sums = 4 };   // panels times tokens of the largest tile: half of the registers

// A panel's 16 rows in two registers of int32.
typedef struct {
    __m256i rows0, rows8;
} vk_halves;

VK_INLINE vk_halves load_dots(const i32x16 *dots) {
    return (vk_halves){load_bytes((const uint8_t *)dots), load_bytes((const uint8_t *)dots + 32)};
}

VK_INLINE void store_dots(i32x16 *dots, vk_halves sums) {
    _mm256_storeu_si256((__m256i_u *)dots, sums.rows0);
    _mm256_storeu_si256((__m256i_u *)dots + 1, sums.rows8);
}

// 8 rows of a group in 16 bits: columns 0 and 2 by two shifts, columns 1 and 3 by one.
VK_INLINE __m256i even_columns(__m256i rows) { return _mm256_srai_epi16(_mm256_slli_epi16(rows, 8), 8); }
VK_INLINE __m256i odd_columns(__m256i rows) { return _mm256_srai_epi16(rows, 8); }

// vpmaddwd multiplies pairs and adds them.
VK_INLINE __m256i add_pairs(__m256i sum, __m256i even, __m256i odd, const uint8_t *a) {
    __m256i pairs = _mm256_madd_epi16(even, repeat_word(a));
    return _mm256_add_epi32(sum, _mm256_add_epi32(pairs, _mm256_madd_epi16(odd, repeat_word(a + 4))));
}

VK_INLINE void dot_i8_i16(vk_tile tile, size_t panels, size_t tokens, i32x16 *dots) {
    vk_halves sums[vk_most_sums];
    for (size_t i = 0; i < panels * tokens; i++) sums[i] = load_dots(dots + i);
    for (size_t group = 0; group < tile.group_count; group++)
        for (size_t p = 0; p < panels; p++) {
            const uint8_t *rows = tile_group(tile, p, group);
            __builtin_prefetch(rows + tile.ahead);
            __m256i rows0 = load_bytes(rows), rows8 = load_bytes(rows + 32);
            __m256i even0 = even_columns(rows0), odd0 = odd_columns(rows0);
            __m256i even8 = even_columns(rows8), odd8 = odd_columns(rows8);
            for (size_t t = 0; t < tokens; t++) {
                const uint8_t *a = tile_activations(tile, group, t, tokens, VK_GROUP_I16);
                vk_halves *sum = sums + p * tokens + t;
                sum->rows0 = add_pairs(sum->rows0, even0, odd0, a);
                sum->rows8 = add_pairs(sum->rows8, even8, odd8, a);
            }
        }
    for (size_t i = 0; i < panels * tokens; i++) store_dots(dots + i, sums[i]);
}

VK_INLINE vk_sum add_products(vk_sum sum, vk_words x, vk_words y) {
    return _mm256_add_epi32(sum, _mm256_madd_epi16((__m256i)x, (__m256i)y));
}

VK_INLINE void add_sum(int32_t *rows, vk_sum sum) {
    _mm256_storeu_si256((__m256i_u *)rows, _mm256_add_epi32(load_bytes((const uint8_t *)rows), sum));
}

// vpmaddubsw wants unsigned times signed: |w| and a with the sign of w. A pair stays below 2 · 128 · 127 < 2^15.
VK_INLINE __m256i add_quads(__m256i sum, __m256i rows, __m256i quad) {
    __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(rows), _mm256_sign_epi8(quad, rows));
    return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

VK_INLINE void dot_i8_i8(vk_tile tile, size_t panels, size_t tokens, i32x16 *dots) {
    vk_halves sums[vk_most_sums];
    for (size_t i = 0; i < panels * tokens; i++) sums[i] = load_dots(dots + i);
    for (size_t group = 0; group < tile.group_count; group++)
        for (size_t p = 0; p < panels; p++) {
            const uint8_t *rows = tile_group(tile, p, group);
            __m256i rows0 = load_bytes(rows), rows8 = load_bytes(rows + 32);
            for (size_t t = 0; t < tokens; t++) {
                __m256i quad = repeat_word(tile_activations(tile, group, t, tokens, VK_GROUP_I8));
                vk_halves *sum = sums + p * tokens + t;
                sum->rows0 = add_quads(sum->rows0, rows0, quad);
                sum->rows8 = add_quads(sum->rows8, rows8, quad);
            }
        }
    for (size_t i = 0; i < panels * tokens; i++) store_dots(dots + i, sums[i]);
}

const vk_kernels vk_row__avx2 = {.name = "avx2", .is_supported = is_supported, VK_ROW_FUNCTIONS};
#pragma clang attribute pop
#endif
