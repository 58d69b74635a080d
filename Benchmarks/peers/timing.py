"""What the runners of the Python peers share: the command line, the three tests, the JSON they print.

A runner brings `load(path, threads, context)`, which returns the library's name with its version and a function
`generate(ids, count, on_token)`: read `ids` into an empty cache, then take the likeliest token `count` times and call
`on_token(id)` after each. Nothing else of a peer is known here.
"""
import argparse
import json
import random
import statistics
import time

VOCABULARY = 50257
PROMPT, WRITTEN, DEPTH = 512, 128, 512
FIVE = [464, 14622, 318, 257, 6512]  # "The swift is a bird" in GPT-2's vocabulary


def seconds(generate, ids, count):
    """How long the prompt took with its first token, and how long the `count` tokens after that one."""
    times = [time.perf_counter()]
    generate(ids, count + 1, lambda token: times.append(time.perf_counter()))
    return times[1] - times[0], times[-1] - times[1]


def main(load):
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("-t", "--threads", type=int, default=1)
    parser.add_argument("-r", "--repetitions", type=int, default=1)
    parser.add_argument("--first", action="store_true", help="print the first token after a prompt of five, and end")
    options = parser.parse_args()
    if options.first:
        _, generate = load(options.model, options.threads, len(FIVE) + 1)
        generate(FIVE, 1, lambda token: print(token, flush=True))
        return
    library, generate = load(options.model, options.threads, DEPTH + WRITTEN + 1)
    draw = random.Random(1)
    prompt = [draw.randrange(VOCABULARY) for _ in range(PROMPT)]
    seconds(generate, prompt, 1)  # warms up
    rates = {"pp512": [], "tg128": [], "tg128@d512": []}
    for _ in range(options.repetitions):
        rates["pp512"].append(PROMPT / seconds(generate, prompt, 0)[0])
        rates["tg128"].append(WRITTEN / seconds(generate, prompt[:1], WRITTEN)[1])
        rates["tg128@d512"].append(WRITTEN / seconds(generate, prompt[:DEPTH], WRITTEN)[1])
    print(json.dumps([
        {"test": test, "threads": options.threads, "library": library, "tokens_per_second":
            {"median": statistics.median(values), "min": min(values), "max": max(values)}}
        for test, values in rates.items()]))
