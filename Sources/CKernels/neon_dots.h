// The dot products every AArch64 CPU has, in lanes of 16 rows: a panel's group is four registers of 4 rows × 4 bytes.
//
// Half a panel (8 rows) is multiplied at a time, so that four tokens' sums fit in the registers.
#ifndef VK_NEON_DOTS_H
#define VK_NEON_DOTS_H

#include <arm_neon.h>

#include "lanes_multiply.h"

enum { vk_most_sums = 4 };   // panels times tokens of the largest tile

VK_INLINE int8x16_t load_rows(const uint8_t *group, size_t quarter) {
    return vreinterpretq_s8_u8(vld1q_u8(group + quarter * 16));
}

// Two 32-bit lanes a row come out of the loops below; neighbours are added, and both to half a panel's dots.
VK_INLINE void add_pairs(i32x16 *dots, size_t half, const int32x4_t *sums) {
    int32_t *lanes = (int32_t *)dots + half * 8;
    vst1q_s32(lanes, vaddq_s32(vld1q_s32(lanes), vpaddq_s32(sums[0], sums[1])));
    vst1q_s32(lanes + 4, vaddq_s32(vld1q_s32(lanes + 4), vpaddq_s32(sums[2], sums[3])));
}

// Bytes 0 and 2 of each row widen by two shifts, bytes 1 and 3 by one.
VK_INLINE void dot_i8_i16_smlal(vk_tile tile, size_t panels, size_t tokens, i32x16 *dots) {
    for (size_t half = 0; half < 2; half++) {
        int32x4_t sums[vk_most_sums][4];   // [panels][tokens][pairs of rows]
        for (size_t s = 0; s < panels * tokens; s++)
            for (size_t i = 0; i < 4; i++) sums[s][i] = vdupq_n_s32(0);
        for (size_t group = 0; group < tile.group_count; group++)
            for (size_t p = 0; p < panels; p++)
                for (size_t i = 0; i < 2; i++) {
                    int16x8_t rows = vreinterpretq_s16_s8(load_rows(tile_group(tile, p, group), half * 2 + i));
                    int16x8_t even = vshrq_n_s16(vshlq_n_s16(rows, 8), 8), odd = vshrq_n_s16(rows, 8);
                    for (size_t t = 0; t < tokens; t++) {
                        int32_t pairs[2];
                        __builtin_memcpy(
                            pairs, tile_activations(tile, group, t, tokens, VK_GROUP_I16), sizeof pairs);
                        int16x8_t a02 = vreinterpretq_s16_s32(vdupq_n_s32(pairs[0]));
                        int16x8_t a13 = vreinterpretq_s16_s32(vdupq_n_s32(pairs[1]));
                        int32x4_t *sum = sums[p * tokens + t] + 2 * i;
                        sum[0] = vmlal_s16(sum[0], vget_low_s16(even), vget_low_s16(a02));
                        sum[1] = vmlal_high_s16(sum[1], even, a02);
                        sum[0] = vmlal_s16(sum[0], vget_low_s16(odd), vget_low_s16(a13));
                        sum[1] = vmlal_high_s16(sum[1], odd, a13);
                    }
                }
        for (size_t s = 0; s < panels * tokens; s++) add_pairs(dots + s, half, sums[s]);
    }
}

VK_INLINE vk_sum add_products(vk_sum sum, vk_words x, vk_words y) {
    const int16x8_t rows = vreinterpretq_s16_u16((uint16x8_t)x), others = vreinterpretq_s16_u16((uint16x8_t)y);
    sum.val[0] = vmlal_s16(sum.val[0], vget_low_s16(rows), vget_low_s16(others));
    sum.val[1] = vmlal_high_s16(sum.val[1], rows, others);
    return sum;
}

VK_INLINE void add_sum(int32_t *rows, vk_sum sum) {
    vst1q_s32(rows, vaddq_s32(vld1q_s32(rows), vpaddq_s32(sum.val[0], sum.val[1])));
}

// Products of two bytes fit 16 bits; neighbouring ones are added into 32.
VK_INLINE void dot_i8_i8_smull(vk_tile tile, size_t panels, size_t tokens, i32x16 *dots) {
    for (size_t half = 0; half < 2; half++) {
        int32x4_t sums[vk_most_sums][4];   // [panels][tokens][pairs of rows]
        for (size_t s = 0; s < panels * tokens; s++)
            for (size_t i = 0; i < 4; i++) sums[s][i] = vdupq_n_s32(0);
        for (size_t group = 0; group < tile.group_count; group++)
            for (size_t p = 0; p < panels; p++)
                for (size_t i = 0; i < 2; i++) {
                    int8x16_t rows = load_rows(tile_group(tile, p, group), half * 2 + i);
                    for (size_t t = 0; t < tokens; t++) {
                        int32_t word;
                        __builtin_memcpy(&word, tile_activations(tile, group, t, tokens, VK_GROUP_I8), sizeof word);
                        int8x16_t quad = vreinterpretq_s8_s32(vdupq_n_s32(word));
                        int32x4_t *sum = sums[p * tokens + t] + 2 * i;
                        sum[0] = vpadalq_s16(sum[0], vmull_s8(vget_low_s8(rows), vget_low_s8(quad)));
                        sum[1] = vpadalq_s16(sum[1], vmull_high_s8(rows, quad));
                    }
                }
        for (size_t s = 0; s < panels * tokens; s++) add_pairs(dots + s, half, sums[s]);
    }
}

#endif
