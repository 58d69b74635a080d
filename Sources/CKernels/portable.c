// The row for any CPU: plain vectors, which the compiler maps to whatever the architecture's baseline has.
#define VK_ISA portable
#define VK_PANELS 1
#define VK_TOKENS 4
#define VK_RUN 512
#define VK_STREAMS 4
#define VK_REGISTER 64
#define VK_SUMS 4
#define VK_CHAINS 1
#define VK_PAIRED 0
#if defined(__x86_64__)
#define VK_SOFTWARE_FLOAT   // the baseline has neither fused multiply-add nor float16
#endif
#include "lanes.h"
typedef i32x16 vk_sum;
#include "row.h"

typedef int16_t i16x32 __attribute__((ext_vector_type(32)));
typedef int32_t i32x32 __attribute__((ext_vector_type(32)));

// Sums of the products of neighbouring 16-bit lanes.
VK_INLINE i32x16 pair_products(i16x32 x, i16x32 y) {
    i32x32 products = __builtin_convertvector(x, i32x32) * __builtin_convertvector(y, i32x32);
    return products.even + products.odd;
}

// A 4-byte group as two pairs of 16-bit lanes: bytes 0 and 2, bytes 1 and 3.
VK_INLINE void widen_group(const uint8_t *group, i16x32 *even, i16x32 *odd) {
    i16x32 bytes;
    __builtin_memcpy(&bytes, group, sizeof bytes);
    *even = (bytes << 8) >> 8;
    *odd = bytes >> 8;
}

VK_INLINE i16x32 repeat_two(int16_t first, int16_t second) {
    return (i16x32)(i32x16)(int32_t)((uint32_t)(uint16_t)first | (uint32_t)(uint16_t)second << 16);
}

VK_INLINE void dot_i8_i16(vk_tile tile, size_t panels, size_t tokens, i32x16 *dots) {
    for (size_t group = 0; group < tile.group_count; group++)
        for (size_t p = 0; p < panels; p++) {
            i16x32 even, odd;
            widen_group(tile_group(tile, p, group), &even, &odd);
            for (size_t t = 0; t < tokens; t++) {
                int16_t pairs[4];
                __builtin_memcpy(pairs, tile_activations(tile, group, t, tokens, VK_GROUP_I16), sizeof pairs);
                dots[p * tokens + t] += pair_products(even, repeat_two(pairs[0], pairs[1]));
                dots[p * tokens + t] += pair_products(odd, repeat_two(pairs[2], pairs[3]));
            }
        }
}

VK_INLINE void dot_i8_i8(vk_tile tile, size_t panels, size_t tokens, i32x16 *dots) {
    for (size_t group = 0; group < tile.group_count; group++)
        for (size_t p = 0; p < panels; p++) {
            i16x32 even, odd;
            widen_group(tile_group(tile, p, group), &even, &odd);
            for (size_t t = 0; t < tokens; t++) {
                int8_t quad[4];
                __builtin_memcpy(quad, tile_activations(tile, group, t, tokens, VK_GROUP_I8), sizeof quad);
                dots[p * tokens + t] += pair_products(even, repeat_two(quad[0], quad[2]));
                dots[p * tokens + t] += pair_products(odd, repeat_two(quad[1], quad[3]));
            }
        }
}

VK_INLINE vk_sum add_products(vk_sum sum, vk_words x, vk_words y) {
    return sum + pair_products((i16x32)x, (i16x32)y);
}

VK_INLINE void add_sum(int32_t *rows, vk_sum sum) {
    i32x16 before;
    __builtin_memcpy(&before, rows, sizeof before);
    before += sum;
    __builtin_memcpy(rows, &before, sizeof before);
}

static bool is_supported(void) { return true; }

const vk_kernels vk_row__portable = {.name = "portable", .is_supported = is_supported, VK_ROW_FUNCTIONS};
