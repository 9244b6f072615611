"""`python -m bench`: measure everything and write bench/RESULTS.md. `--quick` only shows that it works.

`python -m bench SUBJECT…` measures some of it; what is not the whole full run is printed and kept nowhere.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from bench import api, machine
from bench.effort import FULL, QUICK, Effort
from bench.report import RESULTS, Table, document
from bench.store import run as store
from bench.sweep import run as sweep
from bench.tell import tell

SUBJECTS: dict[str, Callable[[Effort], list[Table]]] = {
    "api": api.run,
    "store": store.run,
    "sweep": sweep.run,
}


def main(arguments: list[str]) -> int:
    """Do what the arguments say; the exit status."""
    parser = argparse.ArgumentParser("python -m bench", description=__doc__)
    parser.add_argument("subjects", nargs="*", choices=[*SUBJECTS, []], help="all when none is named")
    parser.add_argument("--quick", action="store_true", help="a moment of each: works or not, no figures")
    asked = parser.parse_args(arguments)
    subjects = asked.subjects or list(SUBJECTS)
    tables = [table for name in subjects for table in SUBJECTS[name](QUICK if asked.quick else FULL)]
    text = document(tables, machine.facts(), "make bench")
    if asked.quick or asked.subjects:
        print(text)
    else:
        RESULTS.write_text(text)
        tell(f"written: {RESULTS.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
