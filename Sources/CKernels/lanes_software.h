// Fused multiply-add and float16 conversion for CPUs without such instructions, exact to the bit.
#ifndef VK_LANES_SOFTWARE_H
#define VK_LANES_SOFTWARE_H

#include "lanes.h"

typedef double f64x16 __attribute__((ext_vector_type(16)));
typedef int64_t i64x16 __attribute__((ext_vector_type(16)));

// The product of two floats is exact in a double. Its sum with `c` is rounded to odd (Boldo and Melquiond, 2008): where
// the rounding error (Knuth's two-sum) is not zero, the neighbour with an odd last bit is taken, so that rounding the
// double to a float afterwards equals a single rounding. Infinities and NaN make the error NaN and pass unchanged.
VK_INLINE f32x16 fma_lanes(f32x16 a, f32x16 b, f32x16 c) {
    f64x16 product = __builtin_convertvector(a, f64x16) * __builtin_convertvector(b, f64x16);
    f64x16 addend = __builtin_convertvector(c, f64x16);
    f64x16 sum = product + addend;
    f64x16 part = sum - product;
    f64x16 error = (product - (sum - part)) + (addend - part);
    i64x16 bits = (i64x16)sum;
    i64x16 inexact = (error > 0.0) | (error < 0.0);
    // All ones (−1) where the error points towards zero: the neighbour's bit pattern is one less, else one more.
    i64x16 inward = ((i64x16)error ^ bits) >> 63;
    i64x16 even = (bits & 1) - 1;
    bits += inexact & even & (inward | 1);
    return __builtin_convertvector((f64x16)bits, f32x16);
}

// Exponent and mantissa move into place and 2^112 corrects the exponent's bias, subnormals included.
VK_INLINE f32x16 widen_half(u16x16 half) {
    u32x16 bits = __builtin_convertvector(half, u32x16);
    u32x16 magnitude = (bits & 0x7fff) << 13;
    u32x16 value = (u32x16)((f32x16)magnitude * 0x1p112f);
    value |= (u32x16)(magnitude >= 0x0f800000) & 0x7f800000;   // infinity and NaN
    value |= (u32x16)(magnitude > 0x0f800000) & 0x00400000;    // a NaN becomes quiet
    return (f32x16)(value | (bits & 0x8000) << 16);
}

// Round to nearest even: by integer addition for normal results, by adding 0.5 (whose last place is the smallest
// subnormal half) for subnormal ones.
VK_INLINE u16x16 narrow_half(f32x16 v) {
    u32x16 bits = (u32x16)v;
    u32x16 magnitude = bits & 0x7fffffff;
    u32x16 normal = ((magnitude + 0xfff + (magnitude >> 13 & 1)) >> 13) - (112 << 10);
    u32x16 subnormal = (u32x16)((f32x16)magnitude + 0.5f) - 0x3f000000;
    u32x16 half = magnitude < 0x38800000 ? subnormal : normal;
    half = magnitude >= 0x477ff000 ? (u32x16)0x7c00 : half;   // 65 520 and more round to infinity
    half = magnitude > 0x7f800000 ? (magnitude >> 13 & 0x3ff) | 0x7e00 : half;
    return __builtin_convertvector(half | (bits >> 16 & 0x8000), u16x16);
}

#endif
