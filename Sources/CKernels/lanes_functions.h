// Elementary functions on sixteen lanes: exp, log, both forms of GELU, relu.
//
// The polynomials are our own weighted minimax fits, their coefficients rounded to float32 one after the other, the
// remaining ones fitted again each time. Bounds are measured in Tests/KernelsTests/AccuracyTests.swift.
#ifndef VK_LANES_FUNCTIONS_H
#define VK_LANES_FUNCTIONS_H

#include "lanes.h"

#define VK_LN2_HIGH 0x1.63p-1f          // 9 bits, so that n · LN2_HIGH is exact
#define VK_LN2_LOW (-0x1.bd0106p-13f)   // ln 2 − LN2_HIGH
#define VK_ROUNDER 0x1.8p23f            // adding it rounds to an integer, left in the low bits

// e^x = 2^n · e^r with n = round(x / ln 2). Below −87 exactly 0; above 88.72283 +∞; NaN stays NaN.
VK_INLINE f32x16 exp_lanes(f32x16 x) {
    const float lowest = -87.0f, highest = 0x1.62e42ep+6f;   // the last float whose exponential is finite
    f32x16 inside = x < lowest ? (f32x16)lowest : x;
    inside = inside > highest ? (f32x16)highest : inside;
    f32x16 shifted = fma_lanes(inside, (f32x16)0x1.715476p+0f, (f32x16)VK_ROUNDER);
    f32x16 n = shifted - VK_ROUNDER;
    f32x16 r = fma_lanes(n, (f32x16)-VK_LN2_HIGH, inside);
    r = fma_lanes(n, (f32x16)-VK_LN2_LOW, r);
    f32x16 p = (f32x16)0x1.6a3fb2p-10f;
    p = fma_lanes(p, r, (f32x16)0x1.1239ep-7f);
    p = fma_lanes(p, r, (f32x16)0x1.5558bep-5f);
    p = fma_lanes(p, r, (f32x16)0x1.555492p-3f);
    p = fma_lanes(p, r, (f32x16)0x1.fffffcp-2f);
    p = fma_lanes(p, r, (f32x16)1.0f);
    p = fma_lanes(p, r, (f32x16)1.0f);
    // n = 128 meets p < 1 only, so the exponent field never passes 254; n = −126 meets p > 1 only.
    f32x16 y = (f32x16)((u32x16)p + ((u32x16)shifted << 23));
    y = x < lowest ? (f32x16)0.0f : y;
    y = x > highest ? (f32x16)__builtin_inff() : y;
    return x != x ? x : y;
}

// ln x = e · ln 2 + ln(1 + f) with 1 + f in [√½, √2). Zero gives −∞, negative numbers NaN, +∞ and NaN stay.
VK_INLINE f32x16 log_lanes(f32x16 x) {
    i32x16 subnormal = x < 0x1p-126f;
    f32x16 scaled = subnormal ? x * 0x1p23f : x;
    // Subtracting √½'s bits puts the exponent's step at √½ · 2^k.
    u32x16 bits = (u32x16)scaled - 0x3f3504f3;
    i32x16 exponent = ((i32x16)bits >> 23) - (subnormal & 23);
    f32x16 f = (f32x16)((bits & 0x007fffff) + 0x3f3504f3) - 1.0f;
    f32x16 e = __builtin_convertvector(exponent, f32x16);
    f32x16 p = (f32x16)-0x1.38c908p-4f;
    p = fma_lanes(p, f, (f32x16)0x1.055e6p-3f);
    p = fma_lanes(p, f, (f32x16)-0x1.0d8232p-3f);
    p = fma_lanes(p, f, (f32x16)0x1.22d936p-3f);
    p = fma_lanes(p, f, (f32x16)-0x1.54728cp-3f);
    p = fma_lanes(p, f, (f32x16)0x1.99a01cp-3f);
    p = fma_lanes(p, f, (f32x16)-0x1.000226p-2f);
    p = fma_lanes(p, f, (f32x16)0x1.555554p-2f);
    f32x16 square = f * f;
    f32x16 y = (p * f) * square;
    y = fma_lanes(e, (f32x16)VK_LN2_LOW, y);
    y = fma_lanes(square, (f32x16)-0.5f, y);
    y = f + y;
    y = fma_lanes(e, (f32x16)VK_LN2_HIGH, y);
    y = x == 0.0f ? (f32x16)-__builtin_inff() : y;
    y = x < 0.0f ? (f32x16)__builtin_nanf("") : y;
    y = x == __builtin_inff() ? x : y;
    return x != x ? x : y;
}

// v / (1 + e^(−2u)), u = √(2/π) (v + 0.044715 v³): the tanh form, since (1 + tanh u) / 2 = 1 / (1 + e^(−2u)).
VK_INLINE f32x16 gelu_tanh_lanes(f32x16 v) {
    const float linear = -0x1.988454p+0f;   // −2 √(2/π)
    const float cubic = -0x1.2444f2p-4f;    // −2 √(2/π) · 0.044715
    f32x16 minus_two_u = v * fma_lanes(v * v, (f32x16)cubic, (f32x16)linear);
    return v / (1.0f + exp_lanes(minus_two_u));
}

// max(v, 0) − |v| h(|v|), h(z) = erfc(z / √2) / 2 = e^(z P(z) − ln 2). P has degree 7, fitted on 0…5.5 with the weight
// z² h; beyond, its negative leading coefficient takes h to exactly 0 before z = 16, where larger |v| are cut off.
VK_INLINE f32x16 gelu_erf_lanes(f32x16 v) {
    f32x16 z = (f32x16)((u32x16)v & 0x7fffffff);
    z = z > 16.0f ? (f32x16)16.0f : z;
    f32x16 p = (f32x16)-0x1.6213c6p-20f;
    p = fma_lanes(p, z, (f32x16)0x1.466f4ep-16f);
    p = fma_lanes(p, z, (f32x16)-0x1.7e770ep-14f);
    p = fma_lanes(p, z, (f32x16)-0x1.8b2226p-13f);
    p = fma_lanes(p, z, (f32x16)0x1.491c96p-8f);
    p = fma_lanes(p, z, (f32x16)-0x1.2ad4c0p-5f);
    p = fma_lanes(p, z, (f32x16)-0x1.45e7cep-2f);
    p = fma_lanes(p, z, (f32x16)-0x1.9884f4p-1f);
    f32x16 h = exp_lanes(fma_lanes(p, z, (f32x16)-0x1.62e43p-1f));
    f32x16 positive = v > 0.0f ? v : (f32x16)0.0f;
    return fma_lanes(-z, h, positive);
}

VK_INLINE f32x16 relu_lanes(f32x16 v) { return v < 0.0f ? (f32x16)0.0f : v; }

static void VK_NAME(exp_f32)(float *x, size_t count) {
    for (size_t i = 0; i < count; i += vk_lanes)
        store_part(x + i, exp_lanes(load_part(x + i, count - i, 0)), count - i);
}

static void VK_NAME(log_f32)(float *x, size_t count) {
    for (size_t i = 0; i < count; i += vk_lanes)
        store_part(x + i, log_lanes(load_part(x + i, count - i, 1)), count - i);
}

static void VK_NAME(gelu_tanh)(float *x, size_t count) {
    for (size_t i = 0; i < count; i += vk_lanes)
        store_part(x + i, gelu_tanh_lanes(load_part(x + i, count - i, 0)), count - i);
}

static void VK_NAME(gelu_erf)(float *x, size_t count) {
    for (size_t i = 0; i < count; i += vk_lanes)
        store_part(x + i, gelu_erf_lanes(load_part(x + i, count - i, 0)), count - i);
}

static void VK_NAME(relu)(float *x, size_t count) {
    for (size_t i = 0; i < count; i += vk_lanes)
        store_part(x + i, relu_lanes(load_part(x + i, count - i, 0)), count - i);
}

#endif
