// AVX2 with the VEX-encoded dot products: Alder Lake, Zen 5 and later, with or without AVX-512.
#if defined(__x86_64__)
#include <immintrin.h>

#include "x86.h"

static bool is_supported(void) { return has_avxvnni(); }

#if !defined(VK_EMULATED)
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,avxvnni"))), apply_to = function)
#endif
#define VK_ISA avxvnni
#define VK_PANELS 1
#define VK_TOKENS 4
#define VK_RUN 512
#define VK_STREAMS 4
#define VK_REGISTER 32
#define VK_SUMS 4
#define VK_CHAINS 4
#define VK_PAIRED 0
typedef __m256i vk_sum;
#include "row.h"

// A dot product waits for the previous one of its chain: 8 registers are kept going, by taking several groups at a time
// where the tile is small. Only loops that are unrolled leave them in registers.
enum { vk_most_sums = 4 };

VK_INLINE __m256i load_rows(const uint8_t *group, size_t half) {
    return _mm256_loadu_si256((const __m256i_u *)(group + half * 32));
}

VK_INLINE __m256i repeat_word(const uint8_t *bytes) {
    int32_t word;
    __builtin_memcpy(&word, bytes, sizeof word);
    return _mm256_set1_epi32(word);
}

VK_INLINE void add_half(i32x16 *dots, size_t half, __m256i sum) {
    __m256i_u *dot = (__m256i_u *)dots + half;
    _mm256_storeu_si256(dot, _mm256_add_epi32(_mm256_loadu_si256(dot), sum));
}

// dots += the sums of every chain.
VK_INLINE void add_chains(__m256i (*sums)[2], size_t count, size_t chains, i32x16 *dots) {
    VK_UNROLLED
    for (size_t i = 0; i < count; i++)
        VK_UNROLLED
        for (size_t half = 0; half < 2; half++) {
            __m256i sum = sums[i * chains][half];
            VK_UNROLLED
            for (size_t chain = 1; chain < chains; chain++) sum = _mm256_add_epi32(sum, sums[i * chains + chain][half]);
            add_half(dots + i, half, sum);
        }
}

VK_INLINE void add_group_i16(__m256i (*sums)[2], size_t chains, vk_tile tile, size_t panels, size_t tokens,
                             size_t group) {
    VK_UNROLLED
    for (size_t p = 0; p < panels; p++) {
        __builtin_prefetch(tile_group(tile, p, group) + tile.ahead);
        VK_UNROLLED
        for (size_t half = 0; half < 2; half++) {
            __m256i rows = load_rows(tile_group(tile, p, group), half);
            __m256i even = _mm256_srai_epi16(_mm256_slli_epi16(rows, 8), 8), odd = _mm256_srai_epi16(rows, 8);
            VK_UNROLLED
            for (size_t t = 0; t < tokens; t++) {
                const uint8_t *pairs = tile_activations(tile, group, t, tokens, VK_GROUP_I16);
                __m256i *sum = &sums[(p * tokens + t) * chains][half];
                *sum = _mm256_dpwssd_avx_epi32(*sum, even, repeat_word(pairs));
                *sum = _mm256_dpwssd_avx_epi32(*sum, odd, repeat_word(pairs + 4));
            }
        }
    }
}

VK_INLINE void dot_i8_i16(vk_tile tile, size_t panels, size_t tokens, i32x16 *dots) {
    const size_t chains = vk_most_sums / (panels * tokens);
    __m256i sums[vk_most_sums][2];
    VK_UNROLLED
    for (size_t i = 0; i < vk_most_sums; i++) sums[i][0] = sums[i][1] = _mm256_setzero_si256();
    size_t group = 0;
    for (; tile.group_count - group >= chains; group += chains)
        VK_UNROLLED
        for (size_t chain = 0; chain < chains; chain++)
            add_group_i16(sums + chain, chains, tile, panels, tokens, group + chain);
    for (; group < tile.group_count; group++) add_group_i16(sums, chains, tile, panels, tokens, group);
    add_chains(sums, panels * tokens, chains, dots);
}

VK_INLINE vk_sum add_products(vk_sum sum, vk_words x, vk_words y) {
    return _mm256_dpwssd_avx_epi32(sum, (__m256i)x, (__m256i)y);
}

VK_INLINE void add_sum(int32_t *rows, vk_sum sum) {
    _mm256_storeu_si256((__m256i_u *)rows, _mm256_add_epi32(_mm256_loadu_si256((__m256i_u *)rows), sum));
}

// vpdpbusd wants unsigned times signed: a + 128, which is a with its sign bit flipped, and w.
VK_INLINE void add_group_i8(__m256i (*sums)[2], __m256i (*lifts)[2], size_t chains, vk_tile tile, size_t panels,
                            size_t tokens, size_t group) {
    const __m256i lift = _mm256_set1_epi8(-128);   // 128, as it is read here
    VK_UNROLLED
    for (size_t p = 0; p < panels; p++) {
        __builtin_prefetch(tile_group(tile, p, group) + tile.ahead);
        const __m256i rows[2] = {load_rows(tile_group(tile, p, group), 0), load_rows(tile_group(tile, p, group), 1)};
        if (tile.lifts)
            VK_UNROLLED
            for (size_t half = 0; half < 2; half++)
                lifts[p][half] = _mm256_dpbusd_avx_epi32(lifts[p][half], lift, rows[half]);
        VK_UNROLLED
        for (size_t t = 0; t < tokens; t++) {
            const __m256i quad =
                _mm256_xor_si256(repeat_word(tile_activations(tile, group, t, tokens, VK_GROUP_I8)), lift);
            VK_UNROLLED
            for (size_t half = 0; half < 2; half++) {
                __m256i *sum = &sums[(p * tokens + t) * chains][half];
                *sum = _mm256_dpbusd_avx_epi32(*sum, quad, rows[half]);
            }
        }
    }
}

VK_INLINE void dot_i8_i8(vk_tile tile, size_t panels, size_t tokens, i32x16 *dots) {
    const size_t chains = vk_most_sums / (panels * tokens);
    __m256i sums[vk_most_sums][2], lifts[vk_most_sums][2];
    VK_UNROLLED
    for (size_t i = 0; i < vk_most_sums; i++) sums[i][0] = sums[i][1] = lifts[i][0] = lifts[i][1] = _mm256_setzero_si256();
    size_t group = 0;
    for (; tile.group_count - group >= chains; group += chains)
        VK_UNROLLED
        for (size_t chain = 0; chain < chains; chain++)
            add_group_i8(sums + chain, lifts, chains, tile, panels, tokens, group + chain);
    for (; group < tile.group_count; group++) add_group_i8(sums, lifts, chains, tile, panels, tokens, group);
    add_chains(sums, panels * tokens, chains, dots);
    if (tile.lifts) add_chains(lifts, panels, 1, tile.lifts);
}

const vk_kernels vk_row__avxvnni = {.name = "avxvnni", .is_supported = is_supported, VK_ROW_FUNCTIONS};
#if !defined(VK_EMULATED)
#pragma clang attribute pop
#endif
#endif
