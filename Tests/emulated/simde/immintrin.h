// Stands in for the compiler's <immintrin.h> where VNNI and AVX-512 are to be emulated: SIMDe gives their intrinsics
// as plain C, while AVX2, which the machine has, stays native.
#ifndef VENCEJO_EMULATED_IMMINTRIN_H
#define VENCEJO_EMULATED_IMMINTRIN_H

#include_next <immintrin.h>

#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx512.h>

#define _mm256_dpwssd_avx_epi32(sum, a, b) simde_mm256_dpwssd_epi32(sum, a, b)
#define _mm256_dpbusd_avx_epi32(sum, a, b) simde_mm256_dpbusd_epi32(sum, a, b)

#endif
