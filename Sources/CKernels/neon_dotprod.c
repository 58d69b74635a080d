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
#define VK_PANELS 4
#define VK_TOKENS 4
#define VK_RUN 256
#define VK_STREAMS 4
#define VK_REGISTER 16
#define VK_SUMS 4
#define VK_CHAINS 1
#define VK_PAIRED 0
typedef int32x4x2_t vk_sum;   // two neighbours for each of 4 rows
#include "row.h"

#include "neon_dots.h"

enum { vk_sdot_sums = 16 };   // registers of 4 rows' sums at a time: half of them

// dots[panel · tokens + token] += Σ weight · activation, where the tokens' signed bytes, [groups][tokens][4], lie in one plane,
// or in two of which the first counts 256-fold. sdot adds four products to a lane, and a lane is a row.
VK_INLINE void dot_planes(vk_tile tile, size_t panels, size_t tokens, const uint8_t *const *planes, size_t plane_count,
                          i32x16 *dots) {
    const size_t quarters = smaller(panels * 4, vk_sdot_sums / (tokens * plane_count));   // of a panel: 4 rows
    for (size_t first = 0; first < panels * 4; first += quarters) {
        int32x4_t sums[vk_sdot_sums];   // [quarters][tokens][planes]
        for (size_t i = 0; i < vk_sdot_sums; i++) sums[i] = vdupq_n_s32(0);
        for (size_t group = 0; group < tile.group_count; group++) {
            int32x4_t a[2];   // a token's bytes in each lane
            for (size_t plane = 0; plane < plane_count; plane++) {
                a[plane] = vdupq_n_s32(0);
                __builtin_memcpy(a + plane, planes[plane] + group * tokens * VK_GROUP_I8, tokens * VK_GROUP_I8);
            }
            for (size_t q = 0; q < quarters; q++) {
                const int8x16_t rows = load_rows(tile_group(tile, (first + q) / 4, group), (first + q) % 4);
                for (size_t t = 0; t < tokens; t++)
                    for (size_t plane = 0; plane < plane_count; plane++) {
                        int32x4_t *sum = sums + (q * tokens + t) * plane_count + plane;
                        *sum = vdotq_s32(*sum, rows, vreinterpretq_s8_s32(vdupq_n_s32(a[plane][t])));
                    }
            }
        }
        for (size_t q = 0; q < quarters; q++)
            for (size_t t = 0; t < tokens; t++) {
                int32_t *rows = (int32_t *)(dots + (first + q) / 4 * tokens + t) + (first + q) % 4 * 4;
                int32x4_t sum = sums[(q * tokens + t) * plane_count];
                if (plane_count > 1) sum = vaddq_s32(vshlq_n_s32(sum, 8), sums[(q * tokens + t) * plane_count + 1]);
                vst1q_s32(rows, vaddq_s32(vld1q_s32(rows), sum));
            }
    }
}

// Splits int16 activations, 256 h + l, into the signed bytes h and l, in the order of the columns. `count` is in groups of
// one token.
VK_INLINE void split(const uint8_t *a, size_t count, uint8_t *high, uint8_t *low) {
    const uint8x16_t bytes = {1, 5, 3, 7, 9, 13, 11, 15, 0, 4, 2, 6, 8, 12, 10, 14};   // h of two groups, l of two
    const uint8x16_t signs = vcombine_u8(vdup_n_u8(0), vdup_n_u8(128));
    for (size_t i = 0; i < count; i += 2) {
        const size_t size = smaller(count - i, 2) * VK_GROUP_I16;
        int16x8_t groups = vdupq_n_s16(0);
        __builtin_memcpy(&groups, a + i * VK_GROUP_I16, size);
        // l + 128 is never negative, so that h borrows nothing.
        uint8x16_t split = vreinterpretq_u8_s16(vaddq_s16(groups, vdupq_n_s16(128)));
        split = veorq_u8(vqtbl1q_u8(split, bytes), signs);
        const uint8x8_t h = vget_low_u8(split), l = vget_high_u8(split);
        __builtin_memcpy(high + i * VK_GROUP_I8, &h, size / 2);
        __builtin_memcpy(low + i * VK_GROUP_I8, &l, size / 2);
    }
}

VK_INLINE void dot_i8_i16(vk_tile tile, size_t panels, size_t tokens, i32x16 *dots) {
    uint8_t high[VK_RUN * vk_quad], low[VK_RUN * vk_quad];
    split(tile.a, tile.group_count * tokens, high, low);
    dot_planes(tile, panels, tokens, (const uint8_t *const[]){high, low}, 2, dots);
}

VK_INLINE void dot_i8_i8(vk_tile tile, size_t panels, size_t tokens, i32x16 *dots) {
    dot_planes(tile, panels, tokens, &tile.a, 1, dots);
}

const vk_kernels vk_row__neon_dotprod = {.name = "neon-dotprod", .is_supported = is_supported, VK_ROW_FUNCTIONS};
#pragma clang attribute pop
#endif
