"""How long hostile YAML takes, doubling by doubling.

    python benchmarks/yaml_growth.py [--largest BYTES]

Each line is one kind of text at a growing size; a number is the time of this size by that of the
one before. 2 is linear. Whatever the size, a kind that is over 2.6 twice in a row is told as OVER.
"""

import argparse
import itertools
import time
from collections.abc import Callable

from detcov.load.parsed import ParseError
from detcov.load.yaml_text import read

HEAD = "title: x\nlogsource: {product: linux}\ndetection: {condition: a}\n"


def _bomb(size: int) -> str:
    lines = ["a0: &a0 [x]\n"]
    while sum(map(len, lines[-50:])) * len(lines) / 50 < size and len(lines) < size // 60:
        last = len(lines) - 1
        lines.append(f"a{last + 1}: &a{last + 1} [{', '.join([f'*a{last}'] * 9)}]\n")
    return "".join(lines)


KINDS: dict[str, Callable[[int], str]] = {
    "tags": lambda size: "tags:\n" + "  - attack.t1059\n" * (size // 17),
    "tags in one line": lambda size: "tags: [" + "attack.t1059, " * (size // 14) + "x]\n",
    "lists in a line": lambda size: "a: " + "[" * (size // 2) + "]" * (size // 2) + "\n",
    "open brackets": lambda size: "a: " + "[" * size,
    "open braces": lambda size: "a: " + "{a: " * (size // 4),
    "dashes in a line": lambda size: "- " * (size // 2) + "a\n",
    "dashes, many lines": lambda size: ("- " * 59 + "a\n") * (size // 120),
    "steps of spaces": lambda size: "".join(" " * n + "a:\n" for n in range(int(size**0.5))),
    "keys that stand twice": lambda size: "a: 1\n" * (size // 5),
    "anchors": lambda size: "".join(f"a{n}: &a{n} 1\n" for n in range(size // 14)),
    "one anchor, many aliases": lambda size: "a: &a 1\nb: [" + "*a, " * (size // 4) + "]\n",
    "aliases of aliases": _bomb,
    "merge keys": lambda size: "a: &a {x: 1}\n" + "b: {<<: *a}\n" * (size // 12),
    "documents": lambda size: "---\na: 1\n" * (size // 9),
    "comments": lambda size: "# x\n" * (size // 4),
    "spaces": lambda size: "a:" + " " * size + "1\n",
    "tabs": lambda size: "a:\n" + "\t" * size + "b: 1\n",
    "an open quote": lambda size: "a: '" + "x\n" * (size // 2),
    "a question of tags": lambda size: "a: " + "!x " * (size // 3) + "\n",
    "bytes that are no text": lambda size: "a: " + "\x00" * size,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--largest", type=int, default=1_600_000)
    args = parser.parse_args()
    sizes = [args.largest // 2**n for n in range(5, -1, -1)]
    print("bytes".ljust(26) + "".join(f"{size:>11,}" for size in sizes))
    for name, make in KINDS.items():
        _row(name, [_seconds(HEAD + make(size)) for size in sizes])


def _row(name: str, found: list[float]) -> None:
    ratios = [late / max(early, 0.005) for early, late in itertools.pairwise(found)]
    over = any(one > 2.6 and other > 2.6 for one, other in itertools.pairwise(ratios))
    cells = [f"{found[0]:10.3f}s", *(f"{ratio:11.1f}" for ratio in ratios)]
    print(f"{name:<26}{''.join(cells)}  {found[-1]:6.2f}s{'  OVER' if over else ''}")


def _seconds(text: str) -> float:
    start = time.process_time()
    try:
        file = read(text)
        file.check()
        for index, tree in enumerate(file.documents):
            if isinstance(tree, dict):
                file.defects((index,))
                if isinstance(tags := tree.get("tags"), list):
                    file.items((index, "tags"), tags)
    except ParseError:
        pass
    return time.process_time() - start


if __name__ == "__main__":
    main()
