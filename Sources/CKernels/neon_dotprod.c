// AArch64 with the dot products of Armv8.2: Cortex-A55, A75 and later, every Apple M.
#if defined(__aarch64__)
#include <arm_neon.h>
#if defined(__linux__)
#include <sys/auxv.h>
#elif defined(__APPLE__)
#include <sys/sysctl.h>
#endif

#include "ckernels.h"

static bool is_supported(void) {
#if defined(__linux__)
    return getauxval(AT_HWCAP) & 1ul << 20;   // HWCAP_ASIMDDP
#elif defined(__APPLE__)
    int has = 0;
    size_t size = sizeof has;
    return sysctlbyname("hw.optional.arm.FEAT_DotProd", &has, &size, NULL, 0) == 0 && has;
#else
    return false;
#endif
}

#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)
#define VK_ISA neon_dotprod
#define VK_PANELS 1
#define VK_TOKENS 4
#define VK_RUN 512
#define VK_REGISTER 16
#define VK_CHAINS 1
#define VK_PAIRED 0
typedef int32x4x2_t vk_sum;   // two neighbours for each of 4 rows
#include "row.h"

#include "neon_dots.h"

// Splits int16 activations, 256 h + l, into the signed bytes h and l, each in the order of the columns. `count` is in groups
// of one token, which follow each other in both.
VK_INLINE void split(const uint8_t *a, size_t count, uint8_t *high, uint8_t *low) {
    const uint8x16_t bytes = {1, 5, 3, 7, 9, 13, 11, 15, 0, 4, 2, 6, 8, 12, 10, 14};   // h of two groups, l of two
    const uint8x16_t signs = vcombine_u8(vdup_n_u8(0), vdup_n_u8(128));
    for (size_t i = 0; i < count; i += 2) {
        const size_t size = smaller(count - i, 2) * VK_GROUP_I16;
        int16x8_t groups = vdupq_n_s16(0);
        __builtin_memcpy(&groups, a + i * VK_GROUP_I16, size);
        // l + 128 has no sign, and h no carry from it.
        uint8x16_t split = vreinterpretq_u8_s16(vaddq_s16(groups, vdupq_n_s16(128)));
        split = veorq_u8(vqtbl1q_u8(split, bytes), signs);
        const uint8x8_t h = vget_low_u8(split), l = vget_high_u8(split);
        __builtin_memcpy(high + i * VK_GROUP_I8, &h, size / 2);
        __builtin_memcpy(low + i * VK_GROUP_I8, &l, size / 2);
    }
}

// Activations in two bytes: sdot takes each apart, 256 Σ w h + Σ w l. 16 sums at a time fill half of the registers.
VK_INLINE void dot_i8_i16(vk_tile tile, size_t panels, size_t tokens, i32x16 *dots) {
    uint8_t high[VK_RUN * vk_quad], low[VK_RUN * vk_quad];
    split(tile.a, tile.group_count * tokens, high, low);
    const size_t quarters = smaller(panels * 4, 2 * vk_most_sums / tokens);   // of a panel: 4 rows
    for (size_t first = 0; first < panels * 4; first += quarters) {
        int32x4_t h_sums[2 * vk_most_sums], l_sums[2 * vk_most_sums];   // [quarters][tokens]
        for (size_t i = 0; i < quarters * tokens; i++) h_sums[i] = l_sums[i] = vdupq_n_s32(0);
        for (size_t group = 0; group < tile.group_count; group++) {
            int32x4_t h = vdupq_n_s32(0), l = h;   // a token's bytes in each lane
            __builtin_memcpy(&h, high + group * tokens * VK_GROUP_I8, tokens * VK_GROUP_I8);
            __builtin_memcpy(&l, low + group * tokens * VK_GROUP_I8, tokens * VK_GROUP_I8);
            for (size_t q = 0; q < quarters; q++) {
                const int8x16_t rows = load_rows(tile_group(tile, (first + q) / 4, group), (first + q) % 4);
                for (size_t t = 0; t < tokens; t++) {
                    int32x4_t *h_sum = h_sums + q * tokens + t, *l_sum = l_sums + q * tokens + t;
                    *h_sum = vdotq_s32(*h_sum, rows, vreinterpretq_s8_s32(vdupq_n_s32(h[t])));
                    *l_sum = vdotq_s32(*l_sum, rows, vreinterpretq_s8_s32(vdupq_n_s32(l[t])));
                }
            }
        }
        for (size_t q = 0; q < quarters; q++)
            for (size_t t = 0; t < tokens; t++) {
                int32_t *rows = (int32_t *)(dots + (first + q) / 4 * tokens + t) + (first + q) % 4 * 4;
                const int32x4_t sum = vaddq_s32(vshlq_n_s32(h_sums[q * tokens + t], 8), l_sums[q * tokens + t]);
                vst1q_s32(rows, vaddq_s32(vld1q_s32(rows), sum));
            }
    }
}

// sdot adds four products to a lane, and a lane is a row.
VK_INLINE void dot_i8_i8(vk_tile tile, size_t panels, size_t tokens, i32x16 *dots) {
    int32x4_t sums[vk_most_sums][4];   // [panels][tokens][quarters of a panel]
    for (size_t s = 0; s < panels * tokens; s++)
        for (size_t i = 0; i < 4; i++) sums[s][i] = vld1q_s32((int32_t *)(dots + s) + i * 4);
    for (size_t group = 0; group < tile.group_count; group++)
        for (size_t p = 0; p < panels; p++) {
            int8x16_t rows[4];
            for (size_t i = 0; i < 4; i++) rows[i] = load_rows(tile_group(tile, p, group), i);
            int32x4_t a = vdupq_n_s32(0);   // a token's bytes in each lane
            __builtin_memcpy(&a, tile_activations(tile, group, 0, tokens, VK_GROUP_I8), tokens * VK_GROUP_I8);
            for (size_t t = 0; t < tokens; t++) {
                int32x4_t *sum = sums[p * tokens + t];
                for (size_t i = 0; i < 4; i++)
                    sum[i] = vdotq_s32(sum[i], rows[i], vreinterpretq_s8_s32(vdupq_n_s32(a[t])));
            }
        }
    for (size_t s = 0; s < panels * tokens; s++)
        for (size_t i = 0; i < 4; i++) vst1q_s32((int32_t *)(dots + s) + i * 4, sums[s][i]);
}

const vk_kernels vk_row__neon_dotprod = {.name = "neon-dotprod", .is_supported = is_supported, VK_ROW_FUNCTIONS};
#pragma clang attribute pop
#endif
