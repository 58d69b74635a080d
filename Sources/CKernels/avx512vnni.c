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
#define VK_STREAMS 1
#define VK_REGISTER 64
#define VK_SUMS 16
#define VK_CHAINS 8
#if defined(VK_EMULATED)
#define VK_PAIRED 32
#else
#define VK_PAIRED (is_amd() ? 32 : 0)   // Intel's two 512-bit units both multiply, and additions would wait for them
#endif
typedef __m512i vk_sum;
#include "row.h"

// A dot product waits for the previous one of its chain: at least 8 chains are kept going, by taking several groups
// at a time where the tile is small. The largest tile, 3 panels × 8 tokens, leaves room for the panels' weights. Only
// loops that are unrolled leave its sums in registers.
enum { vk_few_chains = 8, vk_most_chains = 24 };

VK_INLINE __m512i repeat_word(const uint8_t *bytes) {
    int32_t word;
    __builtin_memcpy(&word, bytes, sizeof word);
    return _mm512_set1_epi32(word);
}

VK_INLINE size_t chain_count(size_t sums) { return sums >= vk_few_chains ? 1 : vk_few_chains / sums; }

// The first chain of every sum goes on from `dots`, the others begin at zero.
VK_INLINE void load_chains(__m512i *sums, size_t count, size_t chains, const i32x16 *dots) {
    VK_UNROLLED
    for (size_t i = 0; i < count * chains; i++)
        sums[i] = i % chains == 0 ? _mm512_loadu_si512(dots + i / chains) : _mm512_setzero_si512();
}

VK_INLINE void store_chains(const __m512i *sums, size_t count, size_t chains, i32x16 *dots) {
    VK_UNROLLED
    for (size_t i = 0; i < count; i++) {
        __m512i sum = sums[i * chains];
        VK_UNROLLED
        for (size_t chain = 1; chain < chains; chain++) sum = _mm512_add_epi32(sum, sums[i * chains + chain]);
        _mm512_storeu_si512(dots + i, sum);
    }
}

VK_INLINE void add_group_i16(__m512i *sums, size_t chains, vk_tile tile, size_t panels, size_t tokens, size_t group) {
    __m512i even[vk_most_panels], odd[vk_most_panels];
    VK_UNROLLED
    for (size_t p = 0; p < panels; p++) {
        __builtin_prefetch(tile_group(tile, p, group) + tile.ahead);
        __m512i rows = _mm512_loadu_si512(tile_group(tile, p, group));
        even[p] = _mm512_srai_epi16(_mm512_slli_epi16(rows, 8), 8);
        odd[p] = _mm512_srai_epi16(rows, 8);
    }
    VK_UNROLLED
    for (size_t t = 0; t < tokens; t++) {
        const uint8_t *words = tile_activations(tile, group, t, tokens, VK_GROUP_I16);
        __m512i a02 = repeat_word(words), a13 = repeat_word(words + 4);
        VK_UNROLLED
        for (size_t p = 0; p < panels; p++) {
            __m512i *sum = sums + (p * tokens + t) * chains;
            *sum = _mm512_dpwssd_epi32(_mm512_dpwssd_epi32(*sum, even[p], a02), odd[p], a13);
        }
    }
}

VK_INLINE void dot_i8_i16(vk_tile tile, size_t panels, size_t tokens, i32x16 *dots) {
    const size_t chains = chain_count(panels * tokens);
    __m512i sums[vk_most_chains];
    load_chains(sums, panels * tokens, chains, dots);
    size_t group = 0;
    for (; tile.group_count - group >= chains; group += chains)
        VK_UNROLLED
        for (size_t chain = 0; chain < chains; chain++)
            add_group_i16(sums + chain, chains, tile, panels, tokens, group + chain);
    for (; group < tile.group_count; group++)
        add_group_i16(sums, chains, tile, panels, tokens, group);
    store_chains(sums, panels * tokens, chains, dots);
}

VK_INLINE vk_sum add_products(vk_sum sum, vk_words x, vk_words y) {
    return _mm512_dpwssd_epi32(sum, (__m512i)x, (__m512i)y);
}

VK_INLINE void add_sum(int32_t *rows, vk_sum sum) {
    _mm512_storeu_si512(rows, _mm512_add_epi32(_mm512_loadu_si512(rows), sum));
}

// vpdpbusd wants unsigned times signed: a + 128, which is a with its sign bit flipped, and w.
VK_INLINE void add_group_i8(__m512i *sums, __m512i *lifts, size_t chains, vk_tile tile, size_t panels, size_t tokens,
                            size_t group) {
    const __m512i lift = _mm512_set1_epi8(-128);   // 128, as it is read here
    __m512i rows[vk_most_panels];
    VK_UNROLLED
    for (size_t p = 0; p < panels; p++) {
        __builtin_prefetch(tile_group(tile, p, group) + tile.ahead);
        rows[p] = _mm512_loadu_si512(tile_group(tile, p, group));
    }
    if (tile.lifts)
        VK_UNROLLED
        for (size_t p = 0; p < panels; p++) lifts[p] = _mm512_dpbusd_epi32(lifts[p], lift, rows[p]);
    VK_UNROLLED
    for (size_t t = 0; t < tokens; t++) {
        const __m512i quad =
            _mm512_xor_si512(repeat_word(tile_activations(tile, group, t, tokens, VK_GROUP_I8)), lift);
        VK_UNROLLED
        for (size_t p = 0; p < panels; p++) {
            __m512i *sum = sums + (p * tokens + t) * chains;
            *sum = _mm512_dpbusd_epi32(*sum, quad, rows[p]);
        }
    }
}

VK_INLINE void dot_i8_i8(vk_tile tile, size_t panels, size_t tokens, i32x16 *dots) {
    const size_t chains = chain_count(panels * tokens);
    __m512i sums[vk_most_chains], lifts[vk_most_panels];
    load_chains(sums, panels * tokens, chains, dots);
    VK_UNROLLED
    for (size_t p = 0; p < panels; p++) lifts[p] = _mm512_setzero_si512();
    size_t group = 0;
    for (; tile.group_count - group >= chains; group += chains)
        VK_UNROLLED
        for (size_t chain = 0; chain < chains; chain++)
            add_group_i8(sums + chain, lifts, chains, tile, panels, tokens, group + chain);
    for (; group < tile.group_count; group++)
        add_group_i8(sums, lifts, chains, tile, panels, tokens, group);
    store_chains(sums, panels * tokens, chains, dots);
    if (tile.lifts)
        VK_UNROLLED
        for (size_t p = 0; p < panels; p++) tile.lifts[p] += (i32x16)lifts[p];
}

const vk_kernels vk_row__avx512vnni = {.name = "avx512vnni", .is_supported = is_supported, VK_ROW_FUNCTIONS};
#if !defined(VK_EMULATED)
#pragma clang attribute pop
#endif
#endif
