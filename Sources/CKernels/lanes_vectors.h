// Kernels on one vector: sums, layer norm, softmax, conversions, and activations made ready for a multiplication.
#ifndef VK_LANES_VECTORS_H
#define VK_LANES_VECTORS_H

#include "lanes_functions.h"

// MARK: Sums

VK_INLINE f32x16 sum_lanes(const float *x, size_t count) {
    f32x16 sums = (f32x16)0.0f;
    for (size_t i = 0; i < count; i += vk_lanes) sums += load_part(x + i, count - i, 0);
    return sums;
}

static float VK_NAME(sum_f32)(const float *x, size_t count) { return tree_sum(sum_lanes(x, count)); }

static void VK_NAME(add)(float *x, const float *y, size_t count) {
    for (size_t i = 0; i < count; i += vk_lanes)
        store_part(x + i, load_part(x + i, count - i, 0) + load_part(y + i, count - i, 0), count - i);
}

static void VK_NAME(layer_norm)(
    const float *x, const float *gain, const float *bias, size_t count, float epsilon, float *out) {
    float mean = tree_sum(sum_lanes(x, count)) / (float)count;
    f32x16 squares = (f32x16)0.0f;
    for (size_t i = 0; i < count; i += vk_lanes) {
        f32x16 d = load_part(x + i, count - i, 0) - mean;
        d = (f32x16)((i32x16)d & first_lanes(count - i));
        squares = fma_lanes(d, d, squares);
    }
    float variance = tree_sum(squares) / (float)count;
    float r = 1.0f / __builtin_elementwise_sqrt(variance + epsilon);
    for (size_t i = 0; i < count; i += vk_lanes) {
        f32x16 d = load_part(x + i, count - i, 0) - mean;
        f32x16 y = fma_lanes(d * r, load_part(gain + i, count - i, 0), load_part(bias + i, count - i, 0));
        store_part(out + i, y, count - i);
    }
}

static void VK_NAME(softmax)(float *x, size_t count) {
    const float lowest = -__builtin_inff();
    f32x16 highest = (f32x16)lowest;
    for (size_t i = 0; i < count; i += vk_lanes) {
        f32x16 v = load_part(x + i, count - i, lowest);
        highest = v > highest ? v : highest;   // NaN is passed over here and makes the total NaN below
    }
    const float max = tree_max(highest);
    f32x16 sums = (f32x16)0.0f;
    for (size_t i = 0; i < count; i += vk_lanes) {
        f32x16 e = exp_lanes(load_part(x + i, count - i, lowest) - max);   // 0 in the lanes beyond the end
        sums += e;
        store_part(x + i, e, count - i);
    }
    float inverse = 1.0f / tree_sum(sums);
    for (size_t i = 0; i < count; i += vk_lanes)
        store_part(x + i, load_part(x + i, count - i, 0) * inverse, count - i);
}

// MARK: Float16

static void VK_NAME(half_from_float)(const float *x, size_t count, uint16_t *out) {
    for (size_t i = 0; i < count; i += vk_lanes)
        store_half_part(out + i, narrow_half(load_part(x + i, count - i, 0)), count - i);
}

static void VK_NAME(float_from_half)(const uint16_t *x, size_t count, float *out) {
    for (size_t i = 0; i < count; i += vk_lanes)
        store_part(out + i, widen_half(load_half_part(x + i, count - i)), count - i);
}

// MARK: Activations

// The largest int16 activation, 127 · 257: so that it fits 16 bits with a weight added to it, and is 256 times a signed
// byte and another.
enum { vk_limit_i16 = 32639 };

// x[i...] · steps[i...], or x[i...] alone.
VK_INLINE f32x16 stepped(const float *x, const float *steps, size_t i, size_t columns) {
    f32x16 v = load_part(x + i, columns - i, 0);
    return steps ? v * load_part(steps + i, columns - i, 0) : v;
}

// The scale that maps the largest |x · step| to `limit`, and its inverse. 0 and 0 where all is zero or too small for a
// finite inverse; NaN and 0 where something is not finite.
VK_INLINE float activation_scale(const float *x, const float *steps, size_t columns, float limit, float *inverse) {
    u32x16 highest = (u32x16)0;
    for (size_t i = 0; i < columns; i += vk_lanes) {
        u32x16 magnitude = (u32x16)stepped(x, steps, i, columns) & 0x7fffffff;
        highest = magnitude > highest ? magnitude : highest;
    }
    uint32_t bits = 0;
    for (size_t lane = 0; lane < vk_lanes; lane++) bits = highest[lane] > bits ? highest[lane] : bits;
    *inverse = 0;
    if (bits >= 0x7f800000) return __builtin_nanf("");
    float max;
    __builtin_memcpy(&max, &bits, sizeof max);
    if (limit / max == __builtin_inff()) return 0;   // max is 0, or too small
    *inverse = limit / max;
    return max / limit;
}

// Integers in −limit…limit, rounded to nearest even; 0 in the lanes beyond the columns.
VK_INLINE i32x16 quantized(
    const float *x, const float *steps, size_t i, size_t columns, float limit, float inverse) {
    if (i >= columns || inverse == 0) return (i32x16)0;
    f32x16 v = stepped(x, steps, i, columns) * inverse;
    v = v < -limit ? (f32x16)-limit : v;
    v = v > limit ? (f32x16)limit : v;
    return ((i32x16)(v + VK_ROUNDER) - 0x4b400000) & first_lanes(columns - i);
}

static void VK_NAME(quantize_i16)(const float *x, const float *steps, size_t columns, size_t padded, int16_t *out,
                                   size_t stride, float *scale) {
    float inverse;
    *scale = activation_scale(x, steps, columns, vk_limit_i16, &inverse);
    for (size_t i = 0; i < padded; i += vk_lanes) {
        i16x16 a = __builtin_convertvector(quantized(x, steps, i, columns, vk_limit_i16, inverse), i16x16);
        a = __builtin_shufflevector(a, a, 0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15);
        for (size_t group = 0; group < smaller(padded - i, vk_lanes) / 4; group++)
            __builtin_memcpy(out + (i / 4 + group) * stride, (const int16_t *)&a + group * 4, 4 * sizeof(int16_t));
    }
}

static void VK_NAME(quantize_i8)(const float *x, const float *steps, size_t columns, size_t padded, int8_t *out,
                                  size_t stride, float *scale) {
    float inverse;
    *scale = activation_scale(x, steps, columns, 127, &inverse);
    for (size_t i = 0; i < padded; i += vk_lanes) {
        i8x16 a = __builtin_convertvector(quantized(x, steps, i, columns, 127, inverse), i8x16);
        for (size_t group = 0; group < smaller(padded - i, vk_lanes) / 4; group++)
            __builtin_memcpy(out + (i / 4 + group) * stride, (const int8_t *)&a + group * 4, 4);
    }
}

static void VK_NAME(prepare_f32)(
    const float *x, const float *steps, size_t columns, size_t padded, float *out) {
    for (size_t i = 0; i < columns; i += vk_lanes) store_part(out + i, stepped(x, steps, i, columns), columns - i);
    for (size_t i = columns; i < padded; i++) out[i] = 0;
}

#endif
