// AVX-512 with VNNI: Cascade Lake, Ice Lake, Zen 4 and later. One group is one register.
#if defined(__x86_64__)
#include <immintrin.h>

#include "x86.h"

static bool is_supported(void) { return has_avx512vnni(); }

#if !defined(VK_EMULATED)
#pragma clang attribute push( \
    __attribute__((target("avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni"))), apply_to = function)
#endif
#define VK_ISA avx512vnni
#define VK_TILE 8
#include "row.h"

// A dot product waits for the previous one of its chain: 8 registers are kept going, whatever the number of tokens.
enum { vk_chains = 8 };

VK_INLINE __m512i repeat_word(const uint8_t *bytes) {
    int32_t word;
    __builtin_memcpy(&word, bytes, sizeof word);
    return _mm512_set1_epi32(word);
}

VK_INLINE void add_chains(const __m512i *sums, size_t tokens, size_t chains, i32x16 *dots) {
    for (size_t t = 0; t < tokens; t++) {
        __m512i sum = sums[t * chains];
        for (size_t chain = 1; chain < chains; chain++) sum = _mm512_add_epi32(sum, sums[t * chains + chain]);
        _mm512_storeu_si512(dots + t, sum);
    }
}

VK_INLINE void add_group_i16(__m512i *sums, size_t chains, const uint8_t *groups, const uint8_t *a, size_t stride,
                             size_t group, size_t tokens) {
    __m512i rows = _mm512_loadu_si512(groups + group * vk_group);
    __m512i even = _mm512_srai_epi16(_mm512_slli_epi16(rows, 8), 8), odd = _mm512_srai_epi16(rows, 8);
    for (size_t t = 0; t < tokens; t++) {
        const uint8_t *pairs = a + t * stride + group * 8;
        __m512i sum = _mm512_dpwssd_epi32(sums[t * chains], even, repeat_word(pairs));
        sums[t * chains] = _mm512_dpwssd_epi32(sum, odd, repeat_word(pairs + 4));
    }
}

VK_INLINE void dot_i8_i16(const uint8_t *groups, const uint8_t *a, size_t stride, size_t group_count, size_t tokens,
                          i32x16 *dots) {
    const size_t chains = vk_chains / tokens;
    __m512i sums[vk_chains];
    for (size_t i = 0; i < tokens * chains; i++) sums[i] = _mm512_setzero_si512();
    size_t group = 0;
    for (; group_count - group >= chains; group += chains)
        for (size_t chain = 0; chain < chains; chain++)
            add_group_i16(sums + chain, chains, groups, a, stride, group + chain, tokens);
    for (; group < group_count; group++) add_group_i16(sums, chains, groups, a, stride, group, tokens);
    add_chains(sums, tokens, chains, dots);
}

// vpdpbusd wants unsigned times signed: w + 128, which is w with its sign bit flipped, and a. The 128 is taken back by
// starting from −128 Σ a.
VK_INLINE void add_group_i8(__m512i *sums, size_t chains, const uint8_t *groups, const uint8_t *a, size_t stride,
                            size_t group, size_t tokens) {
    __m512i rows = _mm512_xor_si512(_mm512_loadu_si512(groups + group * vk_group), _mm512_set1_epi8(-128));
    for (size_t t = 0; t < tokens; t++)
        sums[t * chains] = _mm512_dpbusd_epi32(sums[t * chains], rows, repeat_word(a + t * stride + group * 4));
}

VK_INLINE void dot_i8_i8(const uint8_t *groups, const uint8_t *a, size_t stride, size_t group_count, size_t tokens,
                         i32x16 *dots) {
    const size_t chains = vk_chains / tokens;
    __m512i sums[vk_chains];
    for (size_t i = 0; i < tokens * chains; i++) sums[i] = _mm512_setzero_si512();
    for (size_t t = 0; t < tokens; t++)
        sums[t * chains] = _mm512_set1_epi32(-128 * activation_sum(a + t * stride, group_count * 4));
    size_t group = 0;
    for (; group_count - group >= chains; group += chains)
        for (size_t chain = 0; chain < chains; chain++)
            add_group_i8(sums + chain, chains, groups, a, stride, group + chain, tokens);
    for (; group < group_count; group++) add_group_i8(sums, chains, groups, a, stride, group, tokens);
    add_chains(sums, tokens, chains, dots);
}

const vk_kernels vk_row__avx512vnni = {.name = "avx512vnni", .is_supported = is_supported, VK_ROW_FUNCTIONS};
#if !defined(VK_EMULATED)
#pragma clang attribute pop
#endif
#endif
