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
#include "row.h"

#include "neon_dots.h"

VK_INLINE void dot_i8_i16(vk_tile tile, size_t panels, size_t tokens, i32x16 *dots) {
    dot_i8_i16_smlal(tile, tokens, dots);
}

// sdot adds four products to a lane, and a lane is a row.
VK_INLINE void dot_i8_i8(vk_tile tile, size_t panels, size_t tokens, i32x16 *dots) {
    int32x4_t sums[4][4];   // [tokens][quarters of a panel]
    for (size_t t = 0; t < tokens; t++)
        for (size_t i = 0; i < 4; i++) sums[t][i] = vld1q_s32((int32_t *)(dots + t) + i * 4);
    for (size_t group = 0; group < tile.group_count; group++) {
        int8x16_t rows[4], words[4];
        for (size_t i = 0; i < 4; i++) rows[i] = load_rows(tile.groups, group, i);
        for (size_t t = 0; t < tokens; t++) {
            int32_t word;
            __builtin_memcpy(&word, tile_activations(tile, group, t, tokens, VK_GROUP_I8), sizeof word);
            words[t] = vreinterpretq_s8_s32(vdupq_n_s32(word));
        }
        for (size_t t = 0; t < tokens; t++)
            for (size_t i = 0; i < 4; i++) sums[t][i] = vdotq_s32(sums[t][i], rows[i], words[t]);
    }
    for (size_t t = 0; t < tokens; t++)
        for (size_t i = 0; i < 4; i++) vst1q_s32((int32_t *)(dots + t) + i * 4, sums[t][i]);
}

const vk_kernels vk_row__neon_dotprod = {.name = "neon-dotprod", .is_supported = is_supported, VK_ROW_FUNCTIONS};
#pragma clang attribute pop
#endif
