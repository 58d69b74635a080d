// As much of a C library as `replay.c` needs on a machine with no operating system. Text goes to port 0xE9, which Bochs
// prints. Guard pages are not kept here; the same cases meet them elsewhere.
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

extern const uint8_t vectors[], vectors_end[];
int replay_main(int argc, char **argv);
void start(void);

static void put(char c) { __asm__ volatile("outb %0, $0xe9" : : "a"(c)); }

static void stop(void) {
    for (const char *c = "Shutdown"; *c; c++) __asm__ volatile("outb %0, %1" : : "a"(*c), "d"((uint16_t)0x8900));
    for (;;) __asm__ volatile("hlt");
}

void *memcpy(void *to, const void *from, size_t count) {
    for (size_t i = 0; i < count; i++) ((uint8_t *)to)[i] = ((const uint8_t *)from)[i];
    return to;
}
void *memset(void *to, int value, size_t count) {
    for (size_t i = 0; i < count; i++) ((uint8_t *)to)[i] = (uint8_t)value;
    return to;
}
int memcmp(const void *x, const void *y, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (((const uint8_t *)x)[i] != ((const uint8_t *)y)[i]) return 1;
    return 0;
}
int strcmp(const char *x, const char *y) {
    while (*x && *x == *y) x++, y++;
    return *x != *y;
}

static void print(const char *format, va_list values) {
    for (; *format; format++) {
        if (*format != '%') {
            put(*format);
            continue;
        }
        do format++;
        while (*format == '-' || (*format >= '0' && *format <= '9'));
        if (*format == 's') {
            for (const char *c = va_arg(values, const char *); *c; c++) put(*c);
        } else {
            unsigned value = va_arg(values, unsigned);
            char digits[10];
            int count = 0;
            do digits[count++] = (char)('0' + value % 10);
            while (value /= 10);
            while (count) put(digits[--count]);
        }
    }
}
int printf(const char *format, ...) {
    va_list values;
    va_start(values, format);
    print(format, values);
    va_end(values);
    return 0;
}
int fprintf(void *file, const char *format, ...) {
    (void)file;
    va_list values;
    va_start(values, format);
    print(format, values);
    va_end(values);
    return 0;
}
void perror(const char *text) { printf("%s\n", text); }
void exit(int status) {
    printf("exit %u\n", (unsigned)status);
    stop();
    __builtin_unreachable();
}

void *stderr;
void *fopen(const char *path, const char *mode) { (void)path, (void)mode; return &stderr; }
int fclose(void *file) { (void)file; return 0; }
int fseek(void *file, long offset, int from) { (void)file, (void)offset, (void)from; return 0; }
void rewind(void *file) { (void)file; }
long ftell(void *file) { (void)file; return vectors_end - vectors; }
void *malloc(size_t count) { (void)count; return (void *)vectors; }
size_t fread(void *to, size_t size, size_t count, void *file) { (void)to, (void)size, (void)file; return count; }

static uint8_t *next = (uint8_t *)0x8000000;
void *mmap(void *at, size_t count, int protection, int flags, int file, long offset) {
    (void)at, (void)protection, (void)flags, (void)file, (void)offset;
    return (next += count) - count;
}
int munmap(void *at, size_t count) { (void)at, (void)count; return 0; }
int mprotect(void *at, size_t count, int protection) { (void)at, (void)count, (void)protection; return 0; }
long sysconf(int name) { (void)name; return 4096; }

__attribute__((section(".start"))) void start(void) {
    char *arguments[] = {"replay", "vectors", "avx2", "avx512vnni", 0};
    exit(replay_main(4, arguments));
}
