// Every AArch64 CPU.
#if defined(__aarch64__)
#define VK_ISA neon
#define VK_TILE 4
#include "row.h"

#include "neon_dots.h"

VK_INLINE void dot_i8_i16(const uint8_t *groups, const uint8_t *a, size_t stride, size_t group_count, size_t tokens,
                          i32x16 *dots) {
    dot_i8_i16_smlal(groups, a, stride, group_count, tokens, dots);
}

VK_INLINE void dot_i8_i8(const uint8_t *groups, const uint8_t *a, size_t stride, size_t group_count, size_t tokens,
                         i32x16 *dots) {
    dot_i8_i8_smull(groups, a, stride, group_count, tokens, dots);
}

static bool is_supported(void) { return true; }

const vk_kernels vk_row__neon = {.name = "neon", .is_supported = is_supported, VK_ROW_FUNCTIONS};
#endif
