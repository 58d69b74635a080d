#!/usr/bin/env python3
"""Checks the documents: every relative link leads to a file, every `make` target named there exists.

    python3 Tests/check_docs.py
"""
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parent.parent
documents = sorted([*root.glob("*.md"), *root.glob("docs/**/*.md"), *root.glob("models/*.md"), *root.glob("Benchmarks/*.md")])
targets = set(re.findall(r"^([a-z][a-z0-9-]*):", (root / "Makefile").read_text(), re.MULTILINE))
problems = []
links = 0
for document in documents:
    text = document.read_text()
    for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if "://" in link:
            continue
        links += 1
        if not (document.parent / link).exists():
            problems.append(f"{document.relative_to(root)}: no file at {link}")
    for target in re.findall(r"`make ([a-z][a-z0-9-]*)`", text):
        links += 1
        if target not in targets:
            problems.append(f"{document.relative_to(root)}: the Makefile has no target {target}")
print(f"{len(documents)} documents, {links} links and targets, {len(problems)} broken")
print("\n".join(problems), end="\n" if problems else "")
sys.exit(1 if problems else 0)
