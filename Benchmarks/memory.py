"""What a model takes in memory and how fast it is then: the tables of docs/MEMORY.md.

    python3 Benchmarks/memory.py --vencejo .build/release/vencejo 124M=raw.q8z,zstd.q8z [355M=…] [--context 1024]

Each model is given as its raw and its zstd file (`vencejo repack` makes one of the other). It reads a prompt that leaves
room for the tokens it then writes, so that the context is full at the end, in four ways (mapped, resident, half of the
weights streamed, all streamed) and with each type of cache; or, with --budgets, at that many limits between all streamed
and all in memory. Peak and private memory are what the process tells of itself (VmHWM and RssAnon under Linux).
"""

import argparse
import json
import subprocess
import sys

MIB = 2**20


def vencejo(arguments, program):
    run = subprocess.run([program, *arguments], capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"{' '.join(arguments[:8])} …: {run.stderr.strip()}")
    return run.stdout


def plan(program, file, options):
    return json.loads(vencejo(["info", "-m", file, "--json", *options], program))["memory"]


def measure(program, file, options, context, written):
    ids = ",".join(str(position * 37 % 50000) for position in range(context - written))
    output = vencejo(
        ["generate", "-m", file, "--tokens", ids, "-n", str(written), "-s", "1", "--ignore-eos", "--json", *options], program)
    return json.loads(output.splitlines()[-1])["statistics"]


def row(name, mode, cache, statistics):
    memory = statistics["memory"]
    return (
        f"| {name} | {mode} | {cache} | {memory['planned_bytes'] / MIB:.0f} | {memory['peak_bytes'] / MIB:.0f} "
        f"| {memory['private_bytes'] / MIB:.0f} | {statistics['prompt_tokens_per_second']:.3g} "
        f"| {statistics['generated_tokens_per_second']:.3g} | {memory['streamed_file_bytes'] / 1e6:.0f} |")


def limits(program, file, options, count):
    """Limits from what streaming everything takes to what keeping everything takes, in steps of equal size."""
    whole = plan(program, file, options)
    least = whole["planned_bytes"] - whole["weight_bytes"] + 3 * MIB
    most = whole["planned_bytes"] + 2 * MIB
    return [least + (most - least) * step // (count - 1) for step in range(count)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", metavar="NAME=RAW,ZSTD")
    parser.add_argument("--vencejo", default=".build/release/vencejo")
    parser.add_argument("--context", type=int, default=1024)
    parser.add_argument("--written", type=int, default=24)
    parser.add_argument("--threads", default="2")
    parser.add_argument("--caches", default="f16,int8")
    parser.add_argument("--budgets", type=int, help="so many limits, instead of the four modes")
    arguments = parser.parse_args()
    program = arguments.vencejo
    print("| model | weights | cache | planned, MiB | peak, MiB | private, MiB | prompt, tokens/s | writing, tokens/s "
          "| file read a token, MB |\n|---|---|---|--:|--:|--:|--:|--:|--:|")
    for model in arguments.models:
        name, files = model.split("=")
        raw, zstd = files.split(",")
        for cache in arguments.caches.split(","):
            options = ["--kv-cache", cache, "--context", str(arguments.context), "-t", arguments.threads]

            def show(mode, file, *more):
                statistics = measure(program, file, [*options, *more], arguments.context, arguments.written)
                print(row(name, mode or statistics["memory"]["mode"], cache, statistics), flush=True)

            if arguments.budgets:
                for limit in limits(program, zstd, options, arguments.budgets):
                    show(None, zstd, "--memory", str(limit))
                continue
            least, middle, _ = limits(program, zstd, options, 3)
            show("mapped", raw)
            show("resident", zstd)
            show("half streamed", zstd, "--memory", str(middle))
            show("streamed", zstd, "--memory", str(least))
            show("streamed, raw file", raw, "--memory", str(least))


if __name__ == "__main__":
    main()
