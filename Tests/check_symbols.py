#!/usr/bin/env python3
"""Checks that every public symbol has a sentence: of the symbol graphs in a folder, which `make docc` leaves.

    python3 Tests/check_symbols.py .build/symbols
"""
import json
import pathlib
import sys

silent, count = [], 0
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.symbols.json")):
    module = path.name.split(".")[0]
    for symbol in json.loads(path.read_text())["symbols"]:
        if "::SYNTHESIZED::" in symbol["identifier"]["precise"]:
            continue
        count += 1
        if "docComment" not in symbol:
            silent.append(".".join([module, *symbol["pathComponents"]]))
print(f"{count} public symbols, {len(silent)} without documentation")
print("\n".join(silent), end="\n" if silent else "")
sys.exit(1 if silent else 0)
