#!/usr/bin/env python3
"""Times vencejo beside llama.cpp, CTranslate2, ONNX Runtime and OpenVINO, in turns, and prints one table.

    python compare.py --vencejo BIN --q8z gpt2.q8z \\
        --llama-bench BIN --llama-simple BIN --gguf gpt2-Q8_0.gguf --gguf gpt2-Q4_K_M.gguf \\
        --ctranslate2 gpt2-ct2 --onnx gpt2.onnx --openvino gpt2.xml --python venv/bin/python

Every part is optional; what is not given is skipped, and said so. In each round every program runs with each number of
threads, one program directly after the other, and each round begins with another program, so that a drift of the
machine meets all of them. A ratio is taken within a round, then the median over the rounds.
"""
import argparse
import dataclasses
import json
import os
import pathlib
import re
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
TESTS = ["pp512", "tg128", "tg128@d512"]
PROMPT = "The swift is a bird"  # five tokens of GPT-2's
MEBIBYTE = 1 << 20


class Failure(Exception):
    pass


@dataclasses.dataclass
class Program:
    """One row of the table: a program with a model. {threads} in commands and environment stands for their number."""
    label: str
    model: pathlib.Path
    benches: list  # commands; together they run all tests
    first: list = None  # a command whose first byte is the first token
    memory: list = None  # a command that reads and writes as much, where the benches need memory of their own
    environment: dict = dataclasses.field(default_factory=dict)

    def filled(self, threads):
        def fill(command):
            return [part.replace("{threads}", str(threads)) for part in command or []]

        environment = {name: value.replace("{threads}", str(threads)) for name, value in self.environment.items()}
        return [fill(command) for command in self.benches], fill(self.first), fill(self.memory), environment

    def byte_count(self):
        """Of a folder all files, of OpenVINO's .xml the .bin beside it too."""
        if self.model.is_dir():
            return sum(path.stat().st_size for path in self.model.iterdir())
        beside = self.model.with_suffix(".bin")
        return self.model.stat().st_size + (beside.stat().st_size if self.model.suffix == ".xml" else 0)


def run(command, environment):
    """Standard output, milliseconds from before the start to its first byte, and the largest resident set in MiB."""
    with tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, bufsize=0,
                                   env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment})
        output = process.stdout.read(1)
        elapsed = (time.perf_counter() - start) * 1000
        while piece := process.stdout.read(1 << 16):
            output += piece
        process.stdout.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode or not output:
            errors.seek(0)
            last = errors.read().decode(errors="replace").strip().splitlines()[-3:]
            raise Failure(f"{shlex.join(command)} ended with {process.returncode}: {' / '.join(last)}")
    return output, elapsed, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / MEBIBYTE


def rates(output, tests):
    """Test → tokens a second, of vencejo's and the runners' form or of llama-bench's. Other tests are left out."""
    found = {}
    for entry in json.loads(output):
        if "test" in entry:
            name, rate = entry["test"], entry["tokens_per_second"]["median"]
        else:
            name = f"pp{entry['n_prompt']}" if entry["n_prompt"] else f"tg{entry['n_gen']}"
            name += f"@d{entry['n_depth']}" if entry["n_depth"] else ""
            rate = entry["avg_ts"]
        if name in tests:
            found[name] = rate
    return found


def arguments(tests):
    """A list of the benchmarks' arguments for each depth: one command with -p 512 -d 0,512 would also read 512 tokens
    after 512 others, into a larger cache."""
    sizes = {}
    for test in tests:
        found = re.fullmatch(r"(pp|tg)([1-9]\d*)(?:@d([1-9]\d*))?", test)
        if not found:
            sys.exit(f"--tests has {test!r}; expected names such as {', '.join(TESTS)}")
        kind, count, depth = found.groups(default="0")
        sizes.setdefault(depth, {"pp": "0", "tg": "0"})[kind] = count
    return [["-p", size["pp"], "-n", size["tg"], "-d", depth] for depth, size in sizes.items()]


def measure(program, threads, starts, tests):
    """Column → value, of one program in one round."""
    benches, first, memory, environment = program.filled(threads)
    values = {"peak": 0}
    for bench in benches:
        output, _, peak = run(bench, environment)
        values = {**values, **rates(output, tests), "peak": max(peak, values["peak"])}
    if not starts:  # the peak of vencejo bench includes a buffer of its own
        return {name: value for name, value in values.items() if name != "peak"}
    if memory:
        values["peak"] = run(memory, environment)[2]
    if first:  # directly after the benchmark, so the model is in the page cache
        runs = [run(first, environment) for _ in range(starts)]
        values["first"] = statistics.median(elapsed for _, elapsed, _ in runs)
        values["first peak"] = statistics.median(peak for _, _, peak in runs)
    return values


def programs(options):
    """The rows there are arguments for, ours first; the others are named on standard error."""
    rows = []
    for given in options.q8z if options.vencejo else []:
        label, _, rest = given.rpartition("=")
        model, *extra = shlex.split(rest)
        model_flags = ["-m", model, "-t", "{threads}", *extra]
        write = [options.vencejo, "generate", *model_flags, "--temp", "0", "--repeat-penalty", "1", "--no-echo", "-q"]
        rows.append(Program(
            f"vencejo {label or pathlib.Path(model).stem}", pathlib.Path(model),
            [[options.vencejo, "bench", *model_flags, *tests, "-r", "1", "--json"] for tests in arguments(options.tests)],
            [*write, "-p", PROMPT, "-n", "1"],
            # vencejo bench also measures the memory's speed, in a buffer that would count as its own.
            [*write, "--tokens", ",".join(str(7919 * place % 50257) for place in range(512)), "-n", "128",
             "--ignore-eos"]))
    for model in options.gguf if options.llama_bench else []:
        rows.append(Program(
            f"llama.cpp {pathlib.Path(model).stem}", pathlib.Path(model),
            [[options.llama_bench, "-m", model, "-t", "{threads}", *tests, "-ctk", "f16", "-ctv", "f16", "-r", "1",
              "-o", "json"] for tests in arguments(options.tests)],
            options.llama_simple and [options.llama_simple, "-m", model, "-n", "1", PROMPT],
            # llama-simple has no option for threads and asks for four; OpenMP gives it no more than this.
            environment={"OMP_THREAD_LIMIT": "{threads}"}))
    for name, runner, model in [("CTranslate2", "ctranslate2", options.ctranslate2),
                                ("ONNX Runtime", "onnxruntime", options.onnx),
                                ("OpenVINO", "openvino", options.openvino)]:
        if model:
            command = [options.python, str(HERE / f"run_{runner}.py"), model, "-t", "{threads}"]
            rows.append(Program(f"{name} int8", pathlib.Path(model), [command], [*command, "--first"]))
        else:
            print(f"{name}: no model given, skipped", file=sys.stderr)
    if not options.vencejo or not options.q8z:
        print("vencejo: --vencejo and --q8z not both given, skipped", file=sys.stderr)
    if not options.llama_bench or not options.gguf:
        print("llama.cpp: --llama-bench and --gguf not both given, skipped", file=sys.stderr)
    elif not options.llama_simple:
        print("llama.cpp: no --llama-simple, its time to the first token is skipped", file=sys.stderr)
    whole = []
    for row in rows:
        started = [command[0] for command in (*row.benches, row.first) if command]
        missing = [program for program in dict.fromkeys(started) if not shutil.which(program)]
        missing += [] if row.model.exists() else [str(row.model)]
        if missing:
            print(f"{row.label}: there is no {' and no '.join(missing)}, skipped", file=sys.stderr)
        else:
            whole.append(row)
    return whole


def cell(mine, reference):
    """Median (lowest–highest) · ratio, from the rounds' values; the reference's own cells have no ratio."""
    pairs = [(value, base) for value, base in zip(mine, reference) if value is not None]
    if not pairs:
        return "–"
    values = [value for value, _ in pairs]

    def text(number):
        return f"{number:.1f}" if number < 99.95 else f"{number:.0f}"

    result = f"{text(statistics.median(values))} ({text(min(values))}–{text(max(values))})"
    ratios = [base / value for value, base in pairs if base is not None]
    return result if mine is reference or not ratios else f"{result} · {statistics.median(ratios):.2f}"


def table(rows, threads, results, tests):
    """`results` maps (label, threads) to a list with one dictionary of measure() a round. Columns without a value are
    left out."""
    heads = ["", "file, MiB"]
    columns = []
    measured = {name for rounds in results.values() for values in rounds for name in values}
    for column, title in [*((test, f"{test}, tokens/s") for test in tests), ("first", "first token, ms"),
                          ("peak", "peak, MiB"), ("first peak", "peak of five tokens, MiB")]:
        for count in threads[-1:] if "peak" in column else threads:
            if column not in measured:
                continue
            columns.append((column, count))
            heads.append(f"{title}, {count} thread{'s' if count > 1 else ''}")
    lines = ["| " + " | ".join(heads) + " |", "|---" + "|--:" * (len(heads) - 1) + "|"]
    series = {(row.label, *column): [values.get(column[0]) for values in results[row.label, column[1]]]
              for row in rows for column in columns}
    for row in rows:
        cells = [row.label, f"{row.byte_count() / MEBIBYTE:.1f}"]
        cells += [cell(series[row.label, *column], series[rows[0].label, *column]) for column in columns]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + (
        f"\n\nMedian (lowest–highest) of the rounds; after the dot {rows[0].label} ÷ this row, taken within a round:"
        " its tokens/s are the better above 1, its ms and MiB below 1.")


def processor():
    try:
        text = pathlib.Path("/proc/cpuinfo").read_text()
    except OSError:
        return os.uname().machine
    names = [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")]
    return names[0] if names else os.uname().machine


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vencejo", help="the vencejo program")
    parser.add_argument("--q8z", action="append", default=[], metavar="[LABEL=]FILE[ OPTIONS]",
                        help='a model, with options of vencejo: "fast=gpt2.q8z --activations int8"; may be given again')
    parser.add_argument("--llama-bench")
    parser.add_argument("--llama-simple", help="llama.cpp's example, for the time to the first token")
    parser.add_argument("--gguf", action="append", default=[], metavar="FILE", help="may be given again")
    parser.add_argument("--ctranslate2", metavar="FOLDER")
    parser.add_argument("--onnx", metavar="FILE")
    parser.add_argument("--openvino", metavar="FILE.xml")
    parser.add_argument("--python", default=sys.executable, help="the interpreter that has the peers' packages")
    parser.add_argument("--tests", default=",".join(TESTS), help="default: %(default)s; the Python peers know only these")
    parser.add_argument("--threads", default="1,2", help="default: %(default)s")
    parser.add_argument("--rounds", type=int, default=3, help="default: %(default)s")
    parser.add_argument("--starts", type=int, default=3,
                        help="starts to the first token a round; 0: only the tests; default: %(default)s")
    parser.add_argument("--json", metavar="FILE", help="write every single value here too")
    options = parser.parse_args()
    threads = [int(count) for count in options.threads.split(",")]
    options.tests = options.tests.split(",")
    rows = programs(options)
    if not rows:
        sys.exit("nothing to time: see --help")
    results = {(row.label, count): [] for row in rows for count in threads}
    for round_ in range(options.rounds):
        first = round_ % len(rows)
        for count in threads:
            for row in rows[first:] + rows[:first]:
                try:
                    values = measure(row, count, options.starts, options.tests)
                except (Failure, OSError, ValueError, KeyError) as error:
                    print(f"{row.label}: {error}", file=sys.stderr)
                    values = {}
                results[row.label, count].append(values)
                shown = ", ".join(f"{name} {value:.1f}" for name, value in values.items()) or "failed"
                print(f"round {round_ + 1}, {count} threads, {row.label}: {shown}", file=sys.stderr)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(
            [{"program": label, "threads": count, "rounds": values} for (label, count), values in results.items()]))
    print(f"{processor()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end, {options.rounds} rounds\n")
    print(table(rows, threads, results, options.tests))


if __name__ == "__main__":
    main()
