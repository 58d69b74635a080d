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
#include "row.h"

// A dot product waits for the previous one of its chain: 8 registers are kept going, whatever the number of tokens.
enum { vk_chains = 4 };

VK_INLINE __m256i load_rows(const uint8_t *groups, size_t group, size_t half) {
    return _mm256_loadu_si256((const __m256i_u *)(groups + group * vk_group + half * 32));
}

VK_INLINE __m256i repeat_word(const uint8_t *bytes) {
    int32_t word;
    __builtin_memcpy(&word, bytes, sizeof word);
    return _mm256_set1_epi32(word);
}

// Σ a over a token's groups.
VK_INLINE int32_t activation_sum(vk_tile tile, size_t t, size_t tokens) {
    int32_t sum = 0;
    for (size_t group = 0; group < tile.group_count; group++) {
        const uint8_t *quad = tile_activations(tile, group, t, tokens, VK_GROUP_I8);
        for (size_t i = 0; i < 4; i++) sum += (int8_t)quad[i];
    }
    return sum;
}

VK_INLINE void add_chains(__m256i (*sums)[2], size_t tokens, size_t chains, i32x16 *dots) {
    for (size_t t = 0; t < tokens; t++)
        for (size_t half = 0; half < 2; half++) {
            __m256i sum = _mm256_loadu_si256((__m256i_u *)(dots + t) + half);
            for (size_t chain = 0; chain < chains; chain++) sum = _mm256_add_epi32(sum, sums[t * chains + chain][half]);
            _mm256_storeu_si256((__m256i_u *)(dots + t) + half, sum);
        }
}

VK_INLINE void add_group_i16(__m256i (*sums)[2], size_t chains, vk_tile tile, size_t tokens, size_t group) {
    for (size_t half = 0; half < 2; half++) {
        __m256i rows = load_rows(tile.groups, group, half);
        __m256i even = _mm256_srai_epi16(_mm256_slli_epi16(rows, 8), 8), odd = _mm256_srai_epi16(rows, 8);
        for (size_t t = 0; t < tokens; t++) {
            const uint8_t *pairs = tile_activations(tile, group, t, tokens, VK_GROUP_I16);
            __m256i sum = _mm256_dpwssd_avx_epi32(sums[t * chains][half], even, repeat_word(pairs));
            sums[t * chains][half] = _mm256_dpwssd_avx_epi32(sum, odd, repeat_word(pairs + 4));
        }
    }
}

VK_INLINE void dot_i8_i16(vk_tile tile, size_t panels, size_t tokens, i32x16 *dots) {
    const size_t chains = vk_chains / tokens;
    __m256i sums[vk_chains][2];
    for (size_t i = 0; i < tokens * chains; i++) sums[i][0] = sums[i][1] = _mm256_setzero_si256();
    size_t group = 0;
    for (; tile.group_count - group >= chains; group += chains)
        for (size_t chain = 0; chain < chains; chain++)
            add_group_i16(sums + chain, chains, tile, tokens, group + chain);
    for (; group < tile.group_count; group++) add_group_i16(sums, chains, tile, tokens, group);
    add_chains(sums, tokens, chains, dots);
}

// vpdpbusd wants unsigned times signed: w + 128, which is w with its sign bit flipped, and a. The 128 is taken back by
// starting from −128 Σ a.
VK_INLINE void add_group_i8(__m256i (*sums)[2], size_t chains, vk_tile tile, size_t tokens, size_t group) {
    for (size_t half = 0; half < 2; half++) {
        __m256i rows = _mm256_xor_si256(load_rows(tile.groups, group, half), _mm256_set1_epi8(-128));
        for (size_t t = 0; t < tokens; t++)
            sums[t * chains][half] = _mm256_dpbusd_avx_epi32(
                sums[t * chains][half], rows, repeat_word(tile_activations(tile, group, t, tokens, VK_GROUP_I8)));
    }
}

VK_INLINE void dot_i8_i8(vk_tile tile, size_t panels, size_t tokens, i32x16 *dots) {
    const size_t chains = vk_chains / tokens;
    __m256i sums[vk_chains][2];
    for (size_t i = 0; i < tokens * chains; i++) sums[i][0] = sums[i][1] = _mm256_setzero_si256();
    for (size_t t = 0; t < tokens; t++)
        sums[t * chains][0] = sums[t * chains][1] =
            _mm256_set1_epi32(-128 * activation_sum(tile, t, tokens));
    size_t group = 0;
    for (; tile.group_count - group >= chains; group += chains)
        for (size_t chain = 0; chain < chains; chain++)
            add_group_i8(sums + chain, chains, tile, tokens, group + chain);
    for (; group < tile.group_count; group++) add_group_i8(sums, chains, tile, tokens, group);
    add_chains(sums, tokens, chains, dots);
}

const vk_kernels vk_row__avxvnni = {.name = "avxvnni", .is_supported = is_supported, VK_ROW_FUNCTIONS};
#if !defined(VK_EMULATED)
#pragma clang attribute pop
#endif
#endif
