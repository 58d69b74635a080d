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


def plot(points, path, title):
    """Milliseconds a token over peak memory, as SVG that needs no other file."""
    width, height, left, bottom = 640, 320, 60, 40
    times = [(memory, 1000 / speed) for memory, speed in points]
    most_memory, most_time = max(x for x, _ in times) * 1.1, max(y for _, y in times) * 1.1

    def place(memory, time):
        return left + memory / most_memory * (width - left - 20), height - bottom - time / most_time * (height - bottom - 30)

    def text(x, y, words, anchor="middle"):
        return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{words}</text>'

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        text(width / 2, 18, title),
        text(width / 2, height - 6, "peak memory, MiB"),
        text(8, 34, "ms a token", "start"),
        f'<path d="M{left},30 V{height - bottom} H{width - 20}" fill="none" stroke="black"/>',
    ]
    for share in (0.25, 0.5, 0.75, 1):
        memory, time = most_memory / 1.1 * share, most_time / 1.1 * share
        parts.append(text(place(memory, 0)[0], height - bottom + 16, f"{memory:.0f}"))
        parts.append(text(left - 6, place(0, time)[1] + 4, f"{time:.0f}", "end"))
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in times))
    parts.append(f'<polyline points="{line}" fill="none" stroke="#1769aa" stroke-width="2"/>')
    parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#1769aa"/>' for x, y in (place(*point) for point in times)]
    with open(path, "w") as file:
        file.write("\n".join(parts + ["</svg>"]) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", metavar="NAME=RAW,ZSTD")
    parser.add_argument("--vencejo", default=".build/release/vencejo")
    parser.add_argument("--context", type=int, default=1024)
    parser.add_argument("--written", type=int, default=24)
    parser.add_argument("--threads", default="2")
    parser.add_argument("--caches", default="f16,int8")
    parser.add_argument("--budgets", type=int, help="so many limits, instead of the four modes")
    parser.add_argument("--plot", metavar="FILE.svg", help="draw what --budgets measured")
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
                return statistics["memory"]["peak_bytes"] / MIB, statistics["generated_tokens_per_second"]

            if arguments.budgets:
                points = [
                    show(None, zstd, "--memory", str(limit)) for limit in limits(program, zstd, options, arguments.budgets)]
                if arguments.plot:
                    plot(points, arguments.plot, f"{name}, {cache} keys and values, {arguments.context} tokens")
                continue
            least, middle, _ = limits(program, zstd, options, 3)
            show("mapped", raw)
            show("resident", zstd)
            show("half streamed", zstd, "--memory", str(middle))
            show("streamed", zstd, "--memory", str(least))
            show("streamed, raw file", raw, "--memory", str(least))


if __name__ == "__main__":
    main()
