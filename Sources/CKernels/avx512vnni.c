// AVX-512 with VNNI: Cascade Lake, Ice Lake, Zen 4 and later. One group is one register.
#if defined(__x86_64__)
#include <immintrin.h>

#include "x86.h"

static bool is_supported(void) { return has_avx512vnni(); }

#if !defined(VK_EMULATED)
#pragma clang attribute push( \
    __attribute__((target("avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,tune=znver4"))), \
    apply_to = function)   // untuned, the compiler takes every second vpdpwssd apart again
#endif
#define VK_ISA avx512vnni
#define VK_PANELS 3
#define VK_TOKENS 8
#define VK_RUN 256
#define VK_REGISTER 64
#define VK_CHAINS 8
#define VK_PAIRED 0
typedef __m512i vk_sum;
#include "row.h"

// A dot product waits for the previous one of its chain: at least 8 chains are kept going, by taking several groups
// at a time where the tile is small. The largest tile, 3 panels × 8 tokens, leaves room for the panels' weights.
enum { vk_few_chains = 8, vk_most_chains = 24, vk_most_panels = 4 };

VK_INLINE __m512i repeat_word(const uint8_t *bytes) {
    int32_t word;
    __builtin_memcpy(&word, bytes, sizeof word);
    return _mm512_set1_epi32(word);
}

VK_INLINE size_t chain_count(size_t sums) { return sums >= vk_few_chains ? 1 : vk_few_chains / sums; }

// dots += the sums of every chain.
VK_INLINE void add_chains(const __m512i *sums, size_t count, size_t chains, i32x16 *dots) {
    for (size_t i = 0; i < count; i++) {
        __m512i sum = _mm512_loadu_si512(dots + i);
        for (size_t chain = 0; chain < chains; chain++) sum = _mm512_add_epi32(sum, sums[i * chains + chain]);
        _mm512_storeu_si512(dots + i, sum);
    }
}

VK_INLINE void add_group_i16(__m512i *sums, size_t chains, vk_tile tile, size_t panels, size_t tokens, size_t group) {
    __m512i even[vk_most_panels], odd[vk_most_panels];
    for (size_t p = 0; p < panels; p++) {
        __m512i rows = _mm512_loadu_si512(tile_group(tile, p, group));
        even[p] = _mm512_srai_epi16(_mm512_slli_epi16(rows, 8), 8);
        odd[p] = _mm512_srai_epi16(rows, 8);
    }
#pragma clang loop unroll(full)
    for (size_t t = 0; t < tokens; t++) {
        const uint8_t *words = tile_activations(tile, group, t, tokens, VK_GROUP_I16);
        __m512i a02 = repeat_word(words), a13 = repeat_word(words + 4);
        for (size_t p = 0; p < panels; p++) {
            __m512i *sum = sums + (p * tokens + t) * chains;
            *sum = _mm512_dpwssd_epi32(_mm512_dpwssd_epi32(*sum, even[p], a02), odd[p], a13);
        }
    }
}

VK_INLINE void dot_i8_i16(vk_tile tile, size_t panels, size_t tokens, i32x16 *dots) {
    const size_t chains = chain_count(panels * tokens);
    __m512i sums[vk_most_chains];
    for (size_t i = 0; i < panels * tokens * chains; i++) sums[i] = _mm512_setzero_si512();
    size_t group = 0;
    for (; tile.group_count - group >= chains; group += chains)
        for (size_t chain = 0; chain < chains; chain++)
            add_group_i16(sums + chain, chains, tile, panels, tokens, group + chain);
    for (; group < tile.group_count; group++)
        add_group_i16(sums, chains, tile, panels, tokens, group);
    add_chains(sums, panels * tokens, chains, dots);
}

VK_INLINE vk_sum add_products(vk_sum sum, vk_words x, vk_words y) {
    return _mm512_dpwssd_epi32(sum, (__m512i)x, (__m512i)y);
}

VK_INLINE void add_sum(int32_t *rows, vk_sum sum) {
    _mm512_storeu_si512(rows, _mm512_add_epi32(_mm512_loadu_si512(rows), sum));
}

// vpdpbusd wants unsigned times signed: w + 128, which is w with its sign bit flipped, and a. The 128 is taken back by
// starting from −128 Σ a.
VK_INLINE void add_group_i8(__m512i *sums, size_t chains, vk_tile tile, size_t panels, size_t tokens, size_t group) {
    __m512i rows[vk_most_panels];
    for (size_t p = 0; p < panels; p++)
        rows[p] = _mm512_xor_si512(_mm512_loadu_si512(tile_group(tile, p, group)), _mm512_set1_epi8(-128));
#pragma clang loop unroll(full)
    for (size_t t = 0; t < tokens; t++) {
        __m512i quad = repeat_word(tile_activations(tile, group, t, tokens, VK_GROUP_I8));
        for (size_t p = 0; p < panels; p++) {
            __m512i *sum = sums + (p * tokens + t) * chains;
            *sum = _mm512_dpbusd_epi32(*sum, rows[p], quad);
        }
    }
}

// out[t] = Σ a over a quad's (or the last 2 or 1 tokens') `group_count` groups, whose words lie token after token.
VK_INLINE void activation_sums(const uint8_t *a, size_t group_count, size_t tokens, int32_t *out) {
    const __m512i ones = _mm512_set1_epi8(1);
    const size_t words = group_count * tokens;
    __m512i sums[4] = {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512()};
    size_t i = 0;
    for (; words - i >= 4 * vk_lanes; i += 4 * vk_lanes)
        for (size_t j = 0; j < 4; j++)
            sums[j] = _mm512_dpbusd_epi32(sums[j], ones, _mm512_loadu_si512(a + (i + j * vk_lanes) * 4));
    for (; i < words; i += vk_lanes) {
        u32x16 rest = (u32x16)0;
        __builtin_memcpy(&rest, a + i * 4, smaller(words - i, vk_lanes) * 4);
        sums[0] = _mm512_dpbusd_epi32(sums[0], ones, _mm512_loadu_si512(&rest));
    }
    int32_t lanes[vk_lanes];
    sums[0] = _mm512_add_epi32(_mm512_add_epi32(sums[0], sums[1]), _mm512_add_epi32(sums[2], sums[3]));
    _mm512_storeu_si512(lanes, sums[0]);
    for (size_t t = 0; t < tokens; t++) out[t] = 0;
    for (size_t lane = 0; lane < vk_lanes; lane++) out[lane % tokens] += lanes[lane];
}

VK_INLINE void dot_i8_i8(vk_tile tile, size_t panels, size_t tokens, i32x16 *dots) {
    const size_t chains = chain_count(panels * tokens);
    __m512i sums[vk_most_chains];
    for (size_t i = 0; i < panels * tokens * chains; i++) sums[i] = _mm512_setzero_si512();
    int32_t totals[VK_TOKENS];
    for (size_t t = 0; t < tokens; t += vk_quad)
        activation_sums(
            tile.a + t / vk_quad * tile.quad_stride, tile.group_count, smaller(tokens, vk_quad), totals + t);
    for (size_t i = 0; i < panels * tokens; i++) sums[i * chains] = _mm512_set1_epi32(-128 * totals[i % tokens]);
    size_t group = 0;
    for (; tile.group_count - group >= chains; group += chains)
        for (size_t chain = 0; chain < chains; chain++)
            add_group_i8(sums + chain, chains, tile, panels, tokens, group + chain);
    for (; group < tile.group_count; group++)
        add_group_i8(sums, chains, tile, panels, tokens, group);
    add_chains(sums, panels * tokens, chains, dots);
}

const vk_kernels vk_row__avx512vnni = {.name = "avx512vnni", .is_supported = is_supported, VK_ROW_FUNCTIONS};
#if !defined(VK_EMULATED)
#pragma clang attribute pop
#endif
#endif
