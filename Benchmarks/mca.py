#!/usr/bin/env python3
"""What the inner loops of the integer products cost on small ARM cores, by LLVM's models of them (llvm-mca).

    python3 Benchmarks/mca.py

The loops are compiled as the package compiles them (clang -O2, no particular core), found in the assembly and given to
llvm-mca, which simulates them with every load in the nearest cache. Prints a Markdown table: cycles for a group of 64
bytes of weights, and the same for one token of the tile. Needs clang, llvm-mca (LLVM 19 here; set MCA) and, for the
headers, libc6-dev-arm64-cross. `--tuned` compiles for each core instead.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SOURCES = pathlib.Path(__file__).resolve().parent.parent / "Sources" / "CKernels"
# LLVM's model for each core. It has none of the A76 and would take the A57's; the Neoverse N1 is its kin for servers.
CORES = {"cortex-a53": "cortex-a53", "cortex-a72": "cortex-a72", "cortex-a76": "neoverse-n1"}

# (function, what it is, the row's file, the call, tokens, multiplications of a group and a token)
LOOPS = [
    ("wide_one", "int16, 1 token, 4 panels", "neon.c", "dot_i8_i16(tile, 4, 1, dots)", 1, 16),
    ("wide_quad", "int16, 4 tokens, 1 panel", "neon.c", "dot_i8_i16(tile, 1, 4, dots)", 4, 16),
    ("paired_quad", "int16 in pairs, 4 tokens, 1 panel", "neon.c",
     "dot_pairs((const void *)tile.groups, tile.a, tile.group_count, (void *)dots)", 4, 8),
    ("narrow_one", "int8, 1 token, 4 panels", "neon.c", "dot_i8_i8(tile, 4, 1, dots)", 1, 8),
    ("narrow_quad", "int8, 4 tokens, 1 panel", "neon.c", "dot_i8_i8(tile, 1, 4, dots)", 4, 8),
    ("sdot_wide_one", "int16 by sdot, 1 token, 4 panels", "neon_dotprod.c", "dot_i8_i16(tile, 4, 1, dots)", 1, 8),
    ("sdot_wide_quad", "int16 by sdot, 4 tokens, 4 panels", "neon_dotprod.c", "dot_i8_i16(tile, 4, 4, dots)", 4, 8),
    ("sdot_one", "int8 by sdot, 1 token, 4 panels", "neon_dotprod.c", "dot_i8_i8(tile, 4, 1, dots)", 1, 4),
    ("sdot_quad", "int8 by sdot, 4 tokens, 4 panels", "neon_dotprod.c", "dot_i8_i8(tile, 4, 4, dots)", 4, 4),
]
MULTIPLY = re.compile(r"\t(smlal2?|smull2?|sdot)\t")


def assembly(loop, core, folder):
    """The assembly of one loop in a function of its own."""
    name, _, file, call, _, _ = loop
    source = folder / "loop.c"
    dotprod = '__attribute__((target("dotprod"))) ' if file == "neon_dotprod.c" else ""
    source.write_text(
        f'#include "{file}"\n{dotprod}void {name}(vk_tile tile, i32x16 *dots) '
        f"{{ {call}; }}\n")
    output = folder / "loop.s"
    tuning = [f"-mtune={core}"] if core else []
    subprocess.run(
        ["clang", "--target=aarch64-linux-gnu", "-O2", *tuning, "-fno-asynchronous-unwind-tables", "-w",
         "-I/usr/aarch64-linux-gnu/include", f"-I{SOURCES}", f"-I{SOURCES}/include", "-S", source, "-o", output],
        check=True)
    text = output.read_text()
    start = text.index(f"\n{name}:") + 1
    return text[start:text.index(".Lfunc_end", start)].splitlines()


def innermost_loops(lines):
    """The blocks that end in a jump back to their own beginning."""
    found = []
    for end, line in enumerate(lines):
        jump = re.match(r"\t(?:b\.\w+|cbn?z|tbn?z)\t.*?(\.LBB\w+)", line)
        if not jump:
            continue
        starts = [i for i in range(end) if lines[i].startswith(jump[1] + ":")]
        if starts and not any(l.startswith(".LBB") for l in lines[starts[0] + 1:end]):
            found.append([l for l in lines[starts[0] + 1:end + 1] if not l.lstrip().startswith((".", "//"))])
    return found


def cycles(loop, core, tuned, folder):
    """Cycles for a group of one panel and all tokens of the tile."""
    _, _, _, _, tokens, per_token = loop
    total, multiplied = 0.0, 0
    for body in innermost_loops(assembly(loop, core if tuned else None, folder)):
        count = sum(bool(MULTIPLY.search(line)) for line in body)
        if count == 0:
            continue
        mca = os.environ.get("MCA") or next(filter(None, map(shutil.which, ["llvm-mca-19", "llvm-mca"])), "llvm-mca")
        answer = subprocess.run(
            [mca, "--mtriple=aarch64", f"-mcpu={CORES[core]}", "-mattr=+dotprod", "-iterations=1000", "-json"],
            input="\n".join(body), capture_output=True, text=True, check=True)
        summary = json.loads(answer.stdout)["CodeRegions"][0]["SummaryView"]
        total += summary["TotalCycles"] / summary["Iterations"]
        multiplied += count
    # A loop does a whole group or a half, once or unrolled: the multiplications say how much of it.
    groups = multiplied / (per_token * tokens)
    if groups == 0:
        sys.exit(f"no loop was found for {loop[0]}")
    return total / groups


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tuned", action="store_true", help="compile for each core")
    tuned = parser.parse_args().tuned
    print("| row and tile |" + "".join(f" {core} |" for core in CORES))
    print("|---|" + "--:|" * len(CORES))
    with tempfile.TemporaryDirectory() as folder:
        for loop in LOOPS:
            cells = []
            for core in CORES:
                if "sdot" in loop[0] and core != "cortex-a76":
                    cells.append("no such instruction")
                    continue
                count = cycles(loop, core, tuned, pathlib.Path(folder))
                cells.append(f"{count:.1f}" + (f" ({count / loop[4]:.1f} a token)" if loop[4] > 1 else ""))
            row = loop[2].removesuffix(".c").replace("_", "-")
            print(f"| {row}, {loop[1]} | " + " | ".join(cells) + " |")


main()
