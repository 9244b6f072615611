"""`python -m bench`: measure everything and write bench/RESULTS.md. `--quick` only shows that it works.

`python -m bench SUBJECT…` measures some of it, and writes those parts anew. What is brief or quick is printed
and kept nowhere.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from bench import api, diffs, inventory, machine
from bench.backups import run as backups
from bench.effort import BRIEF, FULL, QUICK, Effort
from bench.logs import run as logs
from bench.report import RESULTS, Table, document, part, parts_of, whole
from bench.store import run as store
from bench.sweep import run as sweep
from bench.tell import tell

SUBJECTS: dict[str, Callable[[Effort], list[Table]]] = {
    "api": api.run,
    "inventory": inventory.run,
    "backups": backups.run,
    "logs": logs.run,
    "diffs": diffs.run,
    "store": store.run,
    "sweep": sweep.run,
}


def main(arguments: list[str]) -> int:
    """Do what the arguments say; the exit status."""
    parser = argparse.ArgumentParser("python -m bench", description=__doc__)
    parser.add_argument("subjects", nargs="*", choices=[*SUBJECTS, []], help="all when none is named")
    parser.add_argument("--brief", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--quick", action="store_true", help="a moment of each: works or not, no figures")
    asked = parser.parse_args(arguments)
    effort = QUICK if asked.quick else BRIEF if asked.brief else FULL
    for name in asked.subjects or SUBJECTS:
        tables = SUBJECTS[name](effort)
        if effort is FULL:
            _keep(name, tables)  # at once, so that a run that is broken off leaves something
        else:
            print(document(tables), flush=True)
    return 0


def _keep(name: str, tables: list[Table]) -> None:
    parts = parts_of(RESULTS.read_text()) if RESULTS.exists() else {}
    parts[name] = part(name, tables, machine.load())
    ordered = {subject: parts[subject] for subject in SUBJECTS if subject in parts}
    RESULTS.write_text(whole(ordered, machine.facts()))
    tell(f"written: {RESULTS.name}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
