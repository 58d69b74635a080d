// Every AArch64 CPU.
#if defined(__aarch64__)
#include <arm_neon.h>

#define VK_ISA neon
#define VK_PANELS 1
#define VK_TOKENS 4
#define VK_RUN 512
#define VK_STREAMS 4
#define VK_REGISTER 16
#define VK_SUMS 4
#define VK_CHAINS 1
#define VK_PAIRED 8
typedef int32x4x2_t vk_sum;   // two neighbours for each of 4 rows
#include "row.h"

#include "neon_dots.h"

VK_INLINE void dot_i8_i16(vk_tile tile, size_t panels, size_t tokens, i32x16 *dots) {
    dot_i8_i16_smlal(tile, panels, tokens, dots);
}

VK_INLINE void dot_i8_i8(vk_tile tile, size_t panels, size_t tokens, i32x16 *dots) {
    dot_i8_i8_smull(tile, panels, tokens, dots);
}

static bool is_supported(void) { return true; }

const vk_kernels vk_row__neon = {.name = "neon", .is_supported = is_supported, VK_ROW_FUNCTIONS};
#endif
