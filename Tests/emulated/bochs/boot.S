# A boot sector that reads the rest of the disk to 1 MiB and enters it in 64-bit mode with AVX-512 state enabled.
    .set stage2, 0x100000
    .set tables, 0x1000            # PML4, page directory pointers, page directory: 1 GiB mapped to itself

    .code16
    .globl _start
_start:
    cli
    xor %ax, %ax
    mov %ax, %ds
    mov %ax, %es
    mov %ax, %ss
    mov $0x7c00, %sp
    in $0x92, %al                  # line A20
    or $2, %al
    out %al, $0x92

    xor %ax, %ax
    mov $tables, %di
    mov $0x1800, %cx
    cld
    rep stosw
    movl $(tables + 0x1003), tables
    movl $(tables + 0x2003), tables + 0x1000
    mov $(tables + 0x2000), %di
    mov $0x83, %eax                # present, writable, 2 MiB
1:  mov %eax, (%di)
    add $0x200000, %eax
    add $8, %di
    cmp $(tables + 0x3000), %di
    jne 1b

    mov $0x40620, %eax             # CR4: PAE, FXSR, XMMEXCPT, OSXSAVE
    mov %eax, %cr4
    mov $tables, %eax
    mov %eax, %cr3
    mov $0xc0000080, %ecx          # EFER.LME
    rdmsr
    or $0x100, %eax
    wrmsr
    mov $0x80000013, %eax          # CR0: paging, protection, FPU present
    mov %eax, %cr0
    lgdt descriptor
    ljmp $8, $long

    .code64
long:
    xor %ecx, %ecx                 # XCR0: x87, SSE, AVX, opmask, ZMM
    xor %edx, %edx
    mov $0xe7, %eax
    xsetbv
    mov $stage2, %edi
    mov $1, %ebx                   # sector
    mov $0x7000000, %esp
read:
    mov $0x1f2, %edx
    mov $1, %al
    out %al, %dx
    mov %ebx, %eax
    inc %edx
    out %al, %dx
    shr $8, %eax
    inc %edx
    out %al, %dx
    shr $8, %eax
    inc %edx
    out %al, %dx
    mov $0xe0, %al
    inc %edx
    out %al, %dx
    mov $0x20, %al
    inc %edx
    out %al, %dx
2:  in %dx, %al
    and $0x88, %al
    cmp $8, %al
    jne 2b
    mov $0x1f0, %edx
    mov $256, %ecx
    rep insw
    inc %ebx
    cmp count, %ebx
    jbe read
    mov $stage2, %eax
    call *%rax

    .balign 8
table:
    .quad 0, 0x00209a0000000000    # null, 64-bit code
descriptor:
    .word 15
    .long table
count:
    .long SECTORS                  # that follow this one
    .org 0x1fe
    .byte 0x55, 0xaa
