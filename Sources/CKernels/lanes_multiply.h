// The two multiplications by panels: integer activations around an instruction set's dot product, and float32
// activations whole.
//
// A panel holds 16 rows, one per lane. It is multiplied with a tile of tokens at a time, so that what is loaded and
// widened once serves them all. The number of tokens in a tile is a constant wherever these functions are inlined.
#ifndef VK_LANES_MULTIPLY_H
#define VK_LANES_MULTIPLY_H

#include "lanes.h"

enum {
    vk_group = 64,               // bytes of a group: 16 rows of 4
    vk_span = 512,               // columns between two float steps: 512 · 128 · 32767 < 2^31
    vk_span_i8 = 65536,          // the same for int8 activations: 65536 · 128 · 127 < 2^31
    vk_most_tokens = 8,          // the widest tile
};

// What a row provides: dots[t] = Σ over `group_count` groups of one panel of weight · activation, in int32, exactly.
// `a` points to the first group's activations of the first of `tokens` tokens, `stride` bytes from one to the next.
// int16 activations of a group lie in the order 0 2 1 3; int8 activations are never −128.
VK_INLINE void dot_i8_i16(const uint8_t *groups, const uint8_t *a, size_t stride, size_t group_count, size_t tokens,
                          i32x16 *dots);
VK_INLINE void dot_i8_i8(const uint8_t *groups, const uint8_t *a, size_t stride, size_t group_count, size_t tokens,
                         i32x16 *dots);

// Σ of `count` int8 activations.
VK_INLINE int32_t activation_sum(const uint8_t *a, size_t count) {
    int32_t sum = 0;
    for (size_t i = 0; i < count; i++) sum += (int8_t)a[i];
    return sum;
}

// MARK: Panels

VK_INLINE size_t block_count(const vk_matrix *w) {
    return w->block >= w->columns ? 1 : (w->columns + w->block - 1) / w->block;
}

// Rows of panel `panel` that are to be written, at most 16.
VK_INLINE size_t panel_rows(const vk_matrix *w, size_t panel) { return smaller(w->rows - panel * vk_lanes, vk_lanes); }

VK_INLINE f32x16 panel_bias(const vk_matrix *w, size_t panel) {
    return w->bias ? load_part(w->bias + panel * vk_lanes, panel_rows(w, panel), 0) : (f32x16)0.0f;
}

// MARK: Integer activations

// One panel times `tokens` tokens; `wide` means int16.
VK_INLINE void panel_integer(const vk_matrix *w, size_t panel, const uint8_t *a, const float *a_scales, size_t tokens,
                             float *y, size_t y_stride, bool wide) {
    const size_t size = wide ? 2 : 1, stride = w->columns * size;
    const size_t span = smaller(w->block, wide ? vk_span : vk_span_i8);
    const uint8_t *groups = (const uint8_t *)w->elements + panel * w->columns * vk_lanes;
    const float *scales = w->scales + panel * block_count(w) * vk_lanes;
    f32x16 sums[vk_most_tokens];
    for (size_t t = 0; t < tokens; t++) sums[t] = (f32x16)0.0f;
    for (size_t column = 0; column < w->columns; column += span) {
        i32x16 dots[vk_most_tokens];
        const size_t group_count = smaller(span, w->columns - column) / 4;
        if (wide) dot_i8_i16(groups + column * vk_lanes, a + column * size, stride, group_count, tokens, dots);
        else dot_i8_i8(groups + column * vk_lanes, a + column * size, stride, group_count, tokens, dots);
        f32x16 scale = load(scales + (w->block >= w->columns ? 0 : column / w->block) * vk_lanes);
        for (size_t t = 0; t < tokens; t++)
            sums[t] = fma_lanes(__builtin_convertvector(dots[t], f32x16), scale, sums[t]);
    }
    f32x16 bias = panel_bias(w, panel);
    for (size_t t = 0; t < tokens; t++)
        store_part(y + t * y_stride + panel * vk_lanes, fma_lanes(sums[t], (f32x16)a_scales[t], bias),
                   panel_rows(w, panel));
}

// Every panel times every token, in tiles of `tile` tokens, then 4, 2 and 1.
VK_INLINE void multiply_integer(const vk_matrix *w, const void *activations, const float *a_scales, size_t tokens,
                                float *y, size_t y_stride, bool wide, size_t tile) {
    const size_t stride = w->columns * (wide ? 2 : 1);
    const uint8_t *a = activations;
    for (size_t panel = 0; panel * vk_lanes < w->rows; panel++) {
        size_t t = 0;
        for (; tokens - t >= tile; t += tile)
            panel_integer(w, panel, a + t * stride, a_scales + t, tile, y + t * y_stride, y_stride, wide);
        if (tile > 4 && tokens - t >= 4) {
            panel_integer(w, panel, a + t * stride, a_scales + t, 4, y + t * y_stride, y_stride, wide);
            t += 4;
        }
        if (tokens - t >= 2) {
            panel_integer(w, panel, a + t * stride, a_scales + t, 2, y + t * y_stride, y_stride, wide);
            t += 2;
        }
        if (tokens - t >= 1)
            panel_integer(w, panel, a + t * stride, a_scales + t, 1, y + t * y_stride, y_stride, wide);
    }
}

// MARK: Float32 activations

typedef enum { vk_int8, vk_float16, vk_float32 } vk_element;

// The 16 rows' weights of one column of a panel.
VK_INLINE f32x16 panel_column(const uint8_t *panel, size_t column, vk_element element) {
    switch (element) {
    case vk_int8: {
        u32x16 group;
        __builtin_memcpy(&group, panel + column / 4 * vk_group, sizeof group);
        return __builtin_convertvector((i32x16)(group << (24 - column % 4 * 8)) >> 24, f32x16);
    }
    case vk_float16: {
        u32x16 group;
        __builtin_memcpy(&group, panel + column / 2 * vk_group, sizeof group);
        return widen_half(__builtin_convertvector(group >> (column % 2 * 16), u16x16));
    }
    case vk_float32: return load((const float *)(const void *)(panel + column * vk_group));
    }
}

// `panels` panels times `tokens` tokens: so many chains of fused multiply-adds run side by side.
VK_INLINE void panels_float(const vk_matrix *w, size_t panel, size_t panels, const float *a, size_t tokens, float *y,
                            size_t y_stride, vk_element element) {
    const size_t byte_count = w->columns * (element == vk_int8 ? 16 : element == vk_float16 ? 32 : 64);
    const size_t span = smaller(w->block, vk_span);
    const uint8_t *elements = (const uint8_t *)w->elements + panel * byte_count;
    f32x16 sums[4];   // [panels][tokens]
    for (size_t i = 0; i < panels * tokens; i++) sums[i] = (f32x16)0.0f;
    for (size_t column = 0; column < w->columns; column += span) {
        f32x16 parts[4];
        for (size_t i = 0; i < panels * tokens; i++) parts[i] = (f32x16)0.0f;
        for (size_t c = column; c < column + smaller(span, w->columns - column); c++)
            for (size_t p = 0; p < panels; p++) {
                f32x16 weights = panel_column(elements + p * byte_count, c, element);
                for (size_t t = 0; t < tokens; t++) {
                    f32x16 value = (f32x16)a[t * w->columns + c];
                    parts[p * tokens + t] = fma_lanes(weights, value, parts[p * tokens + t]);
                }
            }
        for (size_t p = 0; p < panels; p++) {
            f32x16 scale = (f32x16)1.0f;
            if (element == vk_int8) {
                size_t block = w->block >= w->columns ? 0 : column / w->block;
                scale = load(w->scales + ((panel + p) * block_count(w) + block) * vk_lanes);
            }
            for (size_t t = 0; t < tokens; t++)
                sums[p * tokens + t] = fma_lanes(parts[p * tokens + t], scale, sums[p * tokens + t]);
        }
    }
    for (size_t p = 0; p < panels; p++)
        for (size_t t = 0; t < tokens; t++)
            store_part(y + t * y_stride + (panel + p) * vk_lanes, sums[p * tokens + t] + panel_bias(w, panel + p),
                       panel_rows(w, panel + p));
}

// Tiles of one panel and 4 tokens; what is left over, token by token in tiles of 4 panels, then one.
VK_INLINE void multiply_float(
    const vk_matrix *w, const float *a, size_t tokens, float *y, size_t y_stride, vk_element element) {
    const size_t panels = (w->rows + vk_lanes - 1) / vk_lanes;
    size_t t = 0;
    for (; tokens - t >= 4; t += 4)
        for (size_t panel = 0; panel < panels; panel++)
            panels_float(w, panel, 1, a + t * w->columns, 4, y + t * y_stride, y_stride, element);
    for (; t < tokens; t++) {
        size_t panel = 0;
        for (; panels - panel >= 4; panel += 4)
            panels_float(w, panel, 4, a + t * w->columns, 1, y + t * y_stride, y_stride, element);
        for (; panel < panels; panel++)
            panels_float(w, panel, 1, a + t * w->columns, 1, y + t * y_stride, y_stride, element);
    }
}

static void VK_NAME(multiply_i8_f32)(
    const vk_matrix *w, const float *a, size_t tokens, float *y, size_t y_stride) {
    multiply_float(w, a, tokens, y, y_stride, vk_int8);
}

static void VK_NAME(multiply_f16_f32)(
    const vk_matrix *w, const float *a, size_t tokens, float *y, size_t y_stride) {
    multiply_float(w, a, tokens, y, y_stride, vk_float16);
}

static void VK_NAME(multiply_f32_f32)(
    const vk_matrix *w, const float *a, size_t tokens, float *y, size_t y_stride) {
    multiply_float(w, a, tokens, y, y_stride, vk_float32);
}

#endif
