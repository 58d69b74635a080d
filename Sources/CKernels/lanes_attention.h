// Attention of one query: scores against the transposed keys, and the mix of the values.
//
// A chain of fused multiply-adds waits for its own results, so several independent chains run side by side.
#ifndef VK_LANES_ATTENTION_H
#define VK_LANES_ATTENTION_H

#include "lanes.h"

VK_INLINE f32x16 load_cached(const void *x, size_t index, size_t count, bool half) {
    return half ? widen_half(load_half_part((const uint16_t *)x + index, count))
                : load_part((const float *)x + index, count, 0);
}

// MARK: Scores

enum { vk_score_blocks = 4 };

// Scores of `blocks` blocks of 16 positions from `block` on; `positions` counts all.
VK_INLINE void score_blocks(const float *q, const void *k, size_t head_size, size_t positions, float scale,
                            float *scores, size_t block, size_t blocks, bool half) {
    f32x16 sums[vk_score_blocks];
    for (size_t b = 0; b < blocks; b++) sums[b] = (f32x16)0.0f;
    for (size_t d = 0; d < head_size; d++)
        for (size_t b = 0; b < blocks; b++) {
            f32x16 keys = load_cached(k, ((block + b) * head_size + d) * vk_lanes, vk_lanes, half);
            sums[b] = fma_lanes((f32x16)q[d], keys, sums[b]);
        }
    for (size_t b = 0; b < blocks; b++) {
        size_t first = (block + b) * vk_lanes;
        store_part(scores + first, sums[b] * scale, positions - first);
    }
}

VK_INLINE void score_all(const float *q, const void *k, size_t head_size, size_t positions, float scale,
                         float *scores, bool half) {
    size_t block = 0, count = (positions + vk_lanes - 1) / vk_lanes;
    for (; count - block >= vk_score_blocks; block += vk_score_blocks)
        score_blocks(q, k, head_size, positions, scale, scores, block, vk_score_blocks, half);
    for (; block < count; block++) score_blocks(q, k, head_size, positions, scale, scores, block, 1, half);
}

static void VK_NAME(scores_f32)(
    const float *q, const float *k, size_t head_size, size_t positions, float scale, float *scores) {
    score_all(q, k, head_size, positions, scale, scores, false);
}

static void VK_NAME(scores_f16)(
    const float *q, const uint16_t *k, size_t head_size, size_t positions, float scale, float *scores) {
    score_all(q, k, head_size, positions, scale, scores, true);
}

// MARK: Mix

enum { vk_mix_vectors = 4 };

// Columns from `first` on, in `vectors` vectors, the last of which may be partly beyond the head.
VK_INLINE void mix_columns(const float *p, const void *v, size_t head_size, size_t positions, float *out,
                           size_t first, size_t vectors, bool half) {
    f32x16 sums[vk_mix_vectors];
    for (size_t j = 0; j < vectors; j++) sums[j] = (f32x16)0.0f;
    for (size_t i = 0; i < positions; i++)
        for (size_t j = 0; j < vectors; j++) {
            size_t column = first + j * vk_lanes;
            size_t count = vectors > 1 ? vk_lanes : head_size - column;
            sums[j] = fma_lanes((f32x16)p[i], load_cached(v, i * head_size + column, count, half), sums[j]);
        }
    for (size_t j = 0; j < vectors; j++) {
        size_t column = first + j * vk_lanes;
        store_part(out + column, sums[j], head_size - column);
    }
}

VK_INLINE void mix_all(
    const float *p, const void *v, size_t head_size, size_t positions, float *out, bool half) {
    size_t column = 0;
    for (; head_size - column >= vk_mix_vectors * vk_lanes; column += vk_mix_vectors * vk_lanes)
        mix_columns(p, v, head_size, positions, out, column, vk_mix_vectors, half);
    for (; column < head_size; column += vk_lanes) mix_columns(p, v, head_size, positions, out, column, 1, half);
}

static void VK_NAME(mix_f32)(
    const float *p, const float *v, size_t head_size, size_t positions, float *out) {
    mix_all(p, v, head_size, positions, out, false);
}

static void VK_NAME(mix_f16)(
    const float *p, const uint16_t *v, size_t head_size, size_t positions, float *out) {
    mix_all(p, v, head_size, positions, out, true);
}

#endif
