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
typedef int32x4x2_t vk_sum;   // two neighbours for each of 4 rows
#include "row.h"

#include "neon_dots.h"

VK_INLINE void dot_i8_i16(vk_tile tile, size_t panels, size_t tokens, i32x16 *dots) {
    dot_i8_i16_smlal(tile, panels, tokens, dots);
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
            for (size_t t = 0; t < tokens; t++) {
                int32_t word;
                __builtin_memcpy(&word, tile_activations(tile, group, t, tokens, VK_GROUP_I8), sizeof word);
                int8x16_t quad = vreinterpretq_s8_s32(vdupq_n_s32(word));
                int32x4_t *sum = sums[p * tokens + t];
                for (size_t i = 0; i < 4; i++) sum[i] = vdotq_s32(sum[i], rows[i], quad);
            }
        }
    for (size_t s = 0; s < panels * tokens; s++)
        for (size_t i = 0; i < 4; i++) vst1q_s32((int32_t *)(dots + s) + i * 4, sums[s][i]);
}

const vk_kernels vk_row__neon_dotprod = {.name = "neon-dotprod", .is_supported = is_supported, VK_ROW_FUNCTIONS};
#pragma clang attribute pop
#endif
