// Replays the test suite's kernel vectors on the rows of a table, for machines where the Swift tests cannot run.
//
//     replay VECTORS ROW...
//
// VECTORS is what `VENCEJO_VECTORS=file swift test --filter KernelVectors` writes (Tests/KernelsTests/VectorFile.swift):
// every case's inputs, and the outputs of the Swift `reference` row. Each pointer lies against a page that may not be
// touched. All bits must agree, save that one NaN is as good as another. Rows are run whatever the CPU says of itself.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ckernels.h"

enum { most_counts = 5, most_buffers = 8 };
enum { kind_float, kind_half, kind_bytes };
static const uint32_t absent = 0xffffffff;

typedef struct {
    const uint8_t *bytes, *expected;   // inputs have no `expected`
    uint32_t byte_count, kind;
} buffer;

typedef struct {
    uint32_t kernel, counts[most_counts], input_count, output_count;
    float scalar;
    buffer inputs[most_buffers], outputs[most_buffers];
} test_case;

// MARK: Reading the file

typedef struct { const uint8_t *bytes; size_t left; } reader;

static const uint8_t *take(reader *r, size_t count) {
    if (count > r->left) {
        fprintf(stderr, "replay: the vectors end too early\n");
        exit(2);
    }
    const uint8_t *bytes = r->bytes;
    r->bytes += count;
    r->left -= count;
    return bytes;
}

static uint32_t word(reader *r) {
    uint32_t value;
    memcpy(&value, take(r, 4), 4);
    return value;
}

static test_case next_case(reader *r) {
    test_case c = {.kernel = word(r)};
    for (int i = 0; i < most_counts; i++) c.counts[i] = word(r);
    memcpy(&c.scalar, take(r, 4), 4);
    c.input_count = word(r);
    c.output_count = word(r);
    for (uint32_t i = 0; i < c.input_count; i++) {
        c.inputs[i].byte_count = word(r);
        if (c.inputs[i].byte_count != absent) c.inputs[i].bytes = take(r, c.inputs[i].byte_count);
    }
    for (uint32_t i = 0; i < c.output_count; i++) {
        buffer *b = &c.outputs[i];
        b->kind = word(r);
        b->byte_count = word(r);
        b->bytes = take(r, b->byte_count);
        b->expected = take(r, b->byte_count);
    }
    return c;
}

// MARK: Memory between guard pages

static const size_t capacity = 2 << 20;

static uint8_t *guarded_memory(void) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *base = mmap(NULL, capacity + 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED || mprotect(base, page, PROT_NONE) || mprotect(base + page + capacity, page, PROT_NONE)) {
        perror("replay: mmap");
        exit(2);
    }
    return base + page;
}

static uint8_t *place(uint8_t *memory, const buffer *b, int at_end) {
    if (b->byte_count > capacity) {
        fprintf(stderr, "replay: a buffer of %u bytes is too large\n", b->byte_count);
        exit(2);
    }
    uint8_t *start = memory + (at_end ? capacity - b->byte_count : 0);
    memcpy(start, b->bytes, b->byte_count);
    return start;
}

// MARK: Running a case

// The numbers are those of `Kernel` in Tests/KernelsTests/KernelCase.swift.
static int call(const vk_kernels *k, const test_case *c, void *const *in, void *const *out) {
    const uint32_t *n = c->counts;
    const vk_matrix w = {
        .elements = in[0], .scales = in[1], .bias = in[2], .rows = n[0], .columns = n[1], .block = n[2]};
    const vk_packed_matrix packed = {
        .matrix = w, .bits = (size_t)c->scalar, .outlier_starts = in[5], .outliers = in[6]};
    const vk_attention h = {
        .head_size = n[0], .positions = n[1], .queries = n[2], .stride = n[3], .scores_stride = n[4]};
    switch (c->kernel) {
    case 0: k->quantize_i16(in[0], in[1], n[0], n[1], out[0], n[2], out[1]); return 1;
    case 1: k->quantize_i8(in[0], in[1], n[0], n[1], out[0], n[2], out[1]); return 1;
    case 2: k->prepare_f32(in[0], in[1], n[0], n[1], out[0]); return 1;
    case 3: k->multiply_i8_i16(&w, in[3], in[4], n[3], out[0], n[4]); return 1;
    case 4: k->multiply_i8_i8(&w, in[3], in[4], n[3], out[0], n[4]); return 1;
    case 5: k->multiply_i8_f32(&w, in[3], n[3], out[0], n[4]); return 1;
    case 6: k->multiply_f16_f32(&w, in[3], n[3], out[0], n[4]); return 1;
    case 7: k->multiply_f32_f32(&w, in[3], n[3], out[0], n[4]); return 1;
    case 8: k->multiply_packed_i16(&packed, in[3], in[4], n[3], out[0], n[4]); return 1;
    case 9: k->multiply_packed_i8(&packed, in[3], in[4], n[3], out[0], n[4]); return 1;
    case 10: k->multiply_packed_f32(&packed, in[3], n[3], out[0], n[4]); return 1;
    case 11: *(uint64_t *)out[2] = k->pack(in[0], n[0], (size_t)c->scalar, out[0], out[1], n[1]); return 1;
    case 12: k->scores_f32(&h, in[0], in[1], c->scalar, out[0]); return 1;
    case 13: k->scores_f16(&h, in[0], in[1], c->scalar, out[0]); return 1;
    case 14: k->scores_i8(&h, in[0], in[1], in[2], c->scalar, out[0]); return 1;
    case 15: k->mix_f32(&h, in[0], in[1], out[0]); return 1;
    case 16: k->mix_f16(&h, in[0], in[1], out[0]); return 1;
    case 17: k->mix_i8(&h, in[0], in[1], in[2], out[0]); return 1;
    case 18: k->softmax(out[0], n[0]); return 1;
    case 19: k->layer_norm(in[0] ? in[0] : out[0], in[1], in[2], n[0], c->scalar, out[0]); return 1;
    case 20: k->gelu_tanh(out[0], n[0]); return 1;
    case 21: k->gelu_erf(out[0], n[0]); return 1;
    case 22: k->relu(out[0], n[0]); return 1;
    case 23: k->add(out[0], in[0], n[0]); return 1;
    case 24: k->exp_f32(out[0], n[0]); return 1;
    case 25: k->log_f32(out[0], n[0]); return 1;
    case 26: *(float *)out[0] = k->sum_f32(in[0], n[0]); return 1;
    case 27: k->half_from_float(in[0], n[0], out[0]); return 1;
    case 28: k->float_from_half(in[0], n[0], out[0]); return 1;
    default: return 0;
    }
}

// Whether the element at byte `i` is a NaN.
static int is_nan(const uint8_t *bytes, uint32_t i, uint32_t kind) {
    uint32_t single;
    uint16_t half;
    if (kind == kind_float) return memcpy(&single, bytes + i, 4), (single & 0x7fffffff) > 0x7f800000;
    if (kind == kind_half) return memcpy(&half, bytes + i, 2), (half & 0x7fff) > 0x7c00;
    return 0;
}

// The first byte at which `found` differs, or -1.
static long difference(const buffer *b, const uint8_t *found) {
    const uint32_t width = b->kind == kind_float ? 4 : b->kind == kind_half ? 2 : 1;
    for (uint32_t i = 0; i < b->byte_count; i += width)
        if (memcmp(found + i, b->expected + i, width) != 0
            && !(is_nan(found, i, b->kind) && is_nan(b->expected, i, b->kind)))
            return i;
    return -1;
}

static int replay(const vk_kernels *k, reader r, uint32_t case_count) {
    uint8_t *memory[2 * most_buffers];
    for (int i = 0; i < 2 * most_buffers; i++) memory[i] = guarded_memory();
    int failures = 0;
    for (uint32_t number = 0; number < case_count; number++) {
        const test_case c = next_case(&r);
        for (int at_end = 0; at_end < 2; at_end++) {
            void *in[most_buffers] = {0}, *out[most_buffers] = {0};
            for (uint32_t i = 0; i < c.input_count; i++)
                if (c.inputs[i].bytes) in[i] = place(memory[i], &c.inputs[i], at_end);
            for (uint32_t i = 0; i < c.output_count; i++)
                out[i] = place(memory[most_buffers + i], &c.outputs[i], at_end);
            if (!call(k, &c, in, out)) {
                printf("replay: there is no kernel %u\n", c.kernel);
                exit(2);
            }
            int differs = 0;
            for (uint32_t i = 0; i < c.output_count; i++) {
                const long byte = difference(&c.outputs[i], out[i]);
                if (byte < 0) continue;
                if (failures < 20)
                    printf("%s: kernel %u, counts %u %u %u %u %u: output %u differs at byte %u\n", k->name, c.kernel,
                           c.counts[0], c.counts[1], c.counts[2], c.counts[3], c.counts[4], i, (unsigned)byte);
                differs = 1;
            }
            failures += differs;
        }
    }
    for (int i = 0; i < 2 * most_buffers; i++) munmap(memory[i], capacity);
    printf("%-12s %u cases, %d failures\n", k->name, case_count, failures);
    return failures;
}

int main(int argc, char **argv) {
    FILE *file = argc > 2 ? fopen(argv[1], "rb") : NULL;
    if (!file) {
        fprintf(stderr, "usage: replay VECTORS ROW...\n");
        return 2;
    }
    fseek(file, 0, SEEK_END);
    const size_t byte_count = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(byte_count);
    reader r = {.bytes = bytes, .left = fread(bytes, 1, byte_count, file)};
    fclose(file);
    if (memcmp(take(&r, 4), "VKV1", 4) != 0) return fprintf(stderr, "replay: not a vector file\n"), 2;
    const uint32_t case_count = word(&r);
    int failures = 0;
    for (int i = 2; i < argc; i++) {
        const vk_kernels *row = NULL;
        for (size_t j = 0; j < vk_table_count; j++)
            if (strcmp(vk_table[j]->name, argv[i]) == 0) row = vk_table[j];
        if (!row) return fprintf(stderr, "replay: this table has no row '%s'\n", argv[i]), 2;
        failures += replay(row, r, case_count);
    }
    return failures != 0;
}
