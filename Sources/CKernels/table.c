// The rows of this architecture, worst first.
#include "ckernels.h"

extern const vk_kernels vk_row__portable;
#if defined(__x86_64__)
extern const vk_kernels vk_row__avx2, vk_row__avxvnni, vk_row__avx512vnni;
const vk_kernels *const vk_table[] = {&vk_row__portable, &vk_row__avx2, &vk_row__avxvnni, &vk_row__avx512vnni};
#elif defined(__aarch64__)
extern const vk_kernels vk_row__neon, vk_row__neon_dotprod;
const vk_kernels *const vk_table[] = {&vk_row__portable, &vk_row__neon, &vk_row__neon_dotprod};
#else
const vk_kernels *const vk_table[] = {&vk_row__portable};
#endif
const size_t vk_table_count = sizeof vk_table / sizeof *vk_table;
