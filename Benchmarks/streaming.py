"""How near streaming comes to what zstd alone decodes: the same chunks, the same threads, in turns.

    python3 Benchmarks/streaming.py --vencejo .build/release/vencejo FILE.q8z --memory 48M [--threads 1,2] [--rounds 5]

Decodes every compressed chunk with libzstd through ctypes, in as many threads, and has `vencejo bench` write tokens with all
weights streamed (choose --memory so that hardly any are kept). Prints decoded GB/s of both and their ratio.
"""

import argparse
import ctypes
import json
import mmap
import statistics
import struct
import subprocess
import threading
import time

zstd = ctypes.CDLL("libzstd.so.1")
zstd.ZSTD_createDCtx.restype = ctypes.c_void_p
zstd.ZSTD_decompressDCtx.restype = ctypes.c_size_t
zstd.ZSTD_decompressDCtx.argtypes = [ctypes.c_void_p] + [ctypes.c_void_p, ctypes.c_size_t] * 2


def frames(path):
    """The compressed chunks of a file: bytes and decoded length. docs/FORMAT.md says where the chunk table is."""
    with open(path, "rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    (count,), (table,) = struct.unpack_from("<I", data, 28), struct.unpack_from("<Q", data, 40)
    for index in range(count):
        offset, stored, decoded, _ = struct.unpack_from("<QIIQ", data, table + 24 * index)
        if data[offset : offset + 4] == b"\x28\xb5\x2f\xfd":
            yield ctypes.create_string_buffer(data[offset : offset + stored], stored), decoded


def decode(chunks, threads):
    """Decoded bytes a second."""
    ordered = iter(chunks)
    lock = threading.Lock()

    def work():
        context = zstd.ZSTD_createDCtx()
        target = ctypes.create_string_buffer(1 << 20)
        while True:
            with lock:
                chunk = next(ordered, None)
            if chunk is None:
                return
            count = zstd.ZSTD_decompressDCtx(context, target, len(target), chunk[0], len(chunk[0]))
            assert count == chunk[1], "a chunk did not decode"

    workers = [threading.Thread(target=work) for _ in range(threads)]
    start = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return sum(decoded for _, decoded in chunks) / (time.perf_counter() - start)


def stream(program, path, memory, threads):
    """Decoded bytes a second while tokens are written."""
    options = ["-m", path, "--memory", memory, "-t", str(threads), "--kv-cache", "int8"]
    run = subprocess.run(
        [program, "bench", *options, "-p", "0", "-n", "16", "-r", "1", "--json"], capture_output=True, text=True, check=True)
    info = subprocess.run([program, "info", *options, "--json"], capture_output=True, text=True, check=True)
    plan = json.loads(info.stdout)["memory"]
    return json.loads(run.stdout)[0]["tokens_per_second"]["median"] * plan["streamed_weight_bytes"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--vencejo", default=".build/release/vencejo")
    parser.add_argument("--memory", required=True)
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    chunks = list(frames(arguments.file))
    print("| threads | zstd alone, GB/s | streaming, GB/s | ratio |\n|--:|--:|--:|--:|")
    for threads in map(int, arguments.threads.split(",")):
        pairs = [
            (decode(chunks, threads), stream(arguments.vencejo, arguments.file, arguments.memory, threads))
            for _ in range(arguments.rounds)]
        alone, streamed = (statistics.median(column) / 1e9 for column in zip(*pairs))
        ratios = sorted(b / a for a, b in pairs)
        print(f"| {threads} | {alone:.2f} | {streamed:.2f} "
              f"| {statistics.median(ratios):.2f} ({ratios[0]:.2f}–{ratios[-1]:.2f}) |", flush=True)


if __name__ == "__main__":
    main()
