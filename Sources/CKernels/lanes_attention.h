// Attention of a few queries of one head: scores against the transposed keys, and the mix of the values.
//
// A chain of fused multiply-adds waits for its own results, so independent chains run side by side, as many as a row's
// registers hold (VK_SUMS): four queries that share what is loaded, each with one or more blocks of keys or vectors of a
// value, or one query with four.
#ifndef VK_LANES_ATTENTION_H
#define VK_LANES_ATTENTION_H

#include "lanes.h"

enum {
    vk_queries = 4,                      // queries at a time
    vk_shared = VK_SUMS / vk_queries,    // and blocks or vectors for all of them
    vk_alone = 4,                        // for one query
    vk_run_length = 64,   // positions whose weights are scaled at once: a kilobyte for four queries
};

// Keys or values. int8 has a scale for each position; `scales` is NULL for the others.
typedef struct {
    const void *elements;
    const float *scales;   // [positions]
    vk_element type;
} vk_cached;

VK_INLINE f32x16 load_cached(vk_cached x, size_t index, size_t count) {
    switch (x.type) {
    case vk_float32: return load_part((const float *)x.elements + index, count, 0);
    case vk_float16: return widen_half(load_half_part((const uint16_t *)x.elements + index, count));
    case vk_int8: return __builtin_convertvector(load_byte_part((const int8_t *)x.elements + index, count), f32x16);
    }
}

// MARK: Scores

// Scores of `queries` queries from `query` on against `blocks` blocks of 16 positions from `block` on.
VK_INLINE void score_tile(const vk_attention *h, const float *q, vk_cached k, float scale, float *scores,
                          size_t query, size_t queries, size_t block, size_t blocks) {
    f32x16 sums[VK_SUMS];   // [queries][blocks]
    VK_UNROLLED
    for (size_t i = 0; i < queries * blocks; i++) sums[i] = (f32x16)0.0f;
    for (size_t d = 0; d < h->head_size; d++)
        VK_UNROLLED
        for (size_t b = 0; b < blocks; b++) {
            f32x16 keys = load_cached(k, ((block + b) * h->head_size + d) * vk_lanes, vk_lanes);
            VK_UNROLLED
            for (size_t j = 0; j < queries; j++) {
                f32x16 value = (f32x16)q[(query + j) * h->stride + d];
                sums[j * blocks + b] = fma_lanes(value, keys, sums[j * blocks + b]);
            }
        }
    VK_UNROLLED
    for (size_t j = 0; j < queries; j++)
        VK_UNROLLED
        for (size_t b = 0; b < blocks; b++) {
            const size_t first = (block + b) * vk_lanes, count = h->positions + query + j;
            if (first >= count) continue;   // a block that only a later query reaches
            f32x16 sum = sums[j * blocks + b];
            if (k.type == vk_int8) sum *= load_part(k.scales + first, count - first, 0);
            store_part(scores + (query + j) * h->scores_stride + first, sum * scale, count - first);
        }
}

VK_INLINE void score_all(const vk_attention *h, const float *q, vk_cached k, float scale, float *scores) {
    size_t query = 0;
    for (; h->queries - query >= vk_queries; query += vk_queries) {
        const size_t count = (h->positions + query + vk_queries - 1 + vk_lanes - 1) / vk_lanes;
        size_t block = 0;
        for (; count - block >= vk_shared; block += vk_shared)
            score_tile(h, q, k, scale, scores, query, vk_queries, block, vk_shared);
        for (; block < count; block++) score_tile(h, q, k, scale, scores, query, vk_queries, block, 1);
    }
    for (; query < h->queries; query++) {
        const size_t count = (h->positions + query + vk_lanes - 1) / vk_lanes;
        size_t block = 0;
        for (; count - block >= vk_alone; block += vk_alone)
            score_tile(h, q, k, scale, scores, query, 1, block, vk_alone);
        for (; block < count; block++) score_tile(h, q, k, scale, scores, query, 1, block, 1);
    }
}

static void VK_NAME(scores_f32)(
    const vk_attention *h, const float *q, const float *k, float scale, float *scores) {
    score_all(h, q, (vk_cached){k, NULL, vk_float32}, scale, scores);
}

static void VK_NAME(scores_f16)(
    const vk_attention *h, const float *q, const uint16_t *k, float scale, float *scores) {
    score_all(h, q, (vk_cached){k, NULL, vk_float16}, scale, scores);
}

static void VK_NAME(scores_i8)(const vk_attention *h, const float *q, const int8_t *k, const float *k_scales,
                               float scale, float *scores) {
    score_all(h, q, (vk_cached){k, k_scales, vk_int8}, scale, scores);
}

// MARK: Mix

// What the positions from `first` on weigh in a query's mix: p, or p times their scales, which goes to `scaled`.
VK_INLINE const float *weights_of(const float *p, vk_cached v, size_t first, size_t count, float *scaled) {
    if (v.type != vk_int8) return p + first;
    for (size_t i = 0; i < count; i += vk_lanes) {
        f32x16 scales = load_part(v.scales + first + i, count - i, 0);
        store(scaled + i, load_part(p + first + i, count - i, 0) * scales);
    }
    return scaled;
}

// Columns from `first` on, in `vectors` vectors, of `queries` queries. A vector that is not `whole` is partly beyond the
// head.
VK_INLINE void mix_tile(const vk_attention *h, const float *p, vk_cached v, float *out, size_t query, size_t queries,
                        size_t first, size_t vectors, bool whole) {
    f32x16 sums[VK_SUMS];   // [queries][vectors]
    VK_UNROLLED
    for (size_t i = 0; i < queries * vectors; i++) sums[i] = (f32x16)0.0f;
    float scaled[vk_queries][vk_run_length];
    const float *weights[vk_queries];
    const size_t shared = h->positions + query;   // positions that all of them see
    const size_t length = v.type == vk_int8 ? (size_t)vk_run_length : shared;
    for (size_t start = 0; start < shared; start += length) {
        const size_t run = smaller(shared - start, length);
        for (size_t j = 0; j < queries; j++)
            weights[j] = weights_of(p + (query + j) * h->scores_stride, v, start, run, scaled[j]);
        for (size_t i = 0; i < run; i++)
            VK_UNROLLED
            for (size_t n = 0; n < vectors; n++) {
                const size_t column = first + n * vk_lanes;
                const size_t count = whole ? vk_lanes : h->head_size - column;
                f32x16 values = load_cached(v, (start + i) * h->head_size + column, count);
                VK_UNROLLED
                for (size_t j = 0; j < queries; j++)
                    sums[j * vectors + n] = fma_lanes((f32x16)weights[j][i], values, sums[j * vectors + n]);
            }
    }
    VK_UNROLLED
    for (size_t j = 0; j < queries; j++) {
        weights[j] = weights_of(p + (query + j) * h->scores_stride, v, shared, j, scaled[j]);
        VK_UNROLLED
        for (size_t n = 0; n < vectors; n++) {
            const size_t column = first + n * vk_lanes, count = whole ? vk_lanes : h->head_size - column;
            f32x16 sum = sums[j * vectors + n];
            for (size_t i = 0; i < j; i++) {
                f32x16 values = load_cached(v, (shared + i) * h->head_size + column, count);
                sum = fma_lanes((f32x16)weights[j][i], values, sum);
            }
            store_part(out + (query + j) * h->stride + column, sum, count);
        }
    }
}

VK_INLINE void mix_all(const vk_attention *h, const float *p, vk_cached v, float *out) {
    const size_t whole = h->head_size / vk_lanes * vk_lanes;
    size_t query = 0;
    for (; h->queries - query >= vk_queries; query += vk_queries) {
        size_t column = 0;
        for (; whole - column >= vk_shared * vk_lanes; column += vk_shared * vk_lanes)
            mix_tile(h, p, v, out, query, vk_queries, column, vk_shared, true);
        for (; column < whole; column += vk_lanes) mix_tile(h, p, v, out, query, vk_queries, column, 1, true);
        if (whole < h->head_size) mix_tile(h, p, v, out, query, vk_queries, whole, 1, false);
    }
    for (; query < h->queries; query++) {
        size_t column = 0;
        for (; whole - column >= vk_alone * vk_lanes; column += vk_alone * vk_lanes)
            mix_tile(h, p, v, out, query, 1, column, vk_alone, true);
        for (; column < whole; column += vk_lanes) mix_tile(h, p, v, out, query, 1, column, 1, true);
        if (whole < h->head_size) mix_tile(h, p, v, out, query, 1, whole, 1, false);
    }
}

static void VK_NAME(mix_f32)(const vk_attention *h, const float *p, const float *v, float *out) {
    mix_all(h, p, (vk_cached){v, NULL, vk_float32}, out);
}

static void VK_NAME(mix_f16)(const vk_attention *h, const float *p, const uint16_t *v, float *out) {
    mix_all(h, p, (vk_cached){v, NULL, vk_float16}, out);
}

static void VK_NAME(mix_i8)(
    const vk_attention *h, const float *p, const int8_t *v, const float *v_scales, float *out) {
    mix_all(h, p, (vk_cached){v, v_scales, vk_int8}, out);
}

#endif
