"""Fuzz by coverage: `python -m tests.fuzz [TARGET …] [--seconds N]`, an hour or a night.

What breaks a target is kept in `tests/corpus/fuzz/TARGET`, where the tests find it again.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

CORPUS = Path(__file__).parent.parent / "corpus"
SEEDS = {"parse": "reports replies auth", "report": "reports replies", "reply": "replies"}
NAMES = ("parse", "reply", "report", "address", "dialogue")
# libFuzzer's own words for one input that takes too long (s) or too much memory (MB)
_LONGEST, _LARGEST = 5, 1500


def main() -> int:
    """Fuzz each target in a process of its own; return 1 if any was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(NAMES))
    parser.add_argument("--seconds", type=int, default=60, help="for each target (default: 60)")
    parser.add_argument(
        "--seed", type=int, default=0, help="try the same once more (default: something new)"
    )
    parser.add_argument("--within", help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.within:
        run_here(told.within, told.seconds, told.seed)
    if strangers := set(told.targets) - set(NAMES):
        parser.error(f"no such target: {', '.join(sorted(strangers))}")
    wanted = told.targets or list(NAMES)
    return max(run_apart(name, told.seconds, told.seed) for name in wanted)


def run_apart(name: str, seconds: int, seed: int) -> int:
    """Fuzz one target in a process of its own, as the fuzzer ends its process; return 0 or 1."""
    print(f"{name}: {seconds} s", flush=True)
    command = [sys.executable, "-m", "tests.fuzz", "--within", name]
    limits = ["--seconds", str(seconds), "--seed", str(seed)]
    return int(subprocess.run([*command, *limits], check=False).returncode != 0)


def run_here(name: str, seconds: int, seed: int) -> None:
    """Fuzz a target in this process, which does not come back from it."""
    import atheris

    with atheris.instrument_imports(include=["maild.mail", "maild.address", "maild.smtpd"]):
        from tests.fuzz.targets import TARGETS
    kept = CORPUS / "fuzz" / name
    kept.mkdir(parents=True, exist_ok=True)
    options = [
        f"-seed={seed}",
        f"-max_total_time={seconds}",
        f"-timeout={_LONGEST}",
        f"-rss_limit_mb={_LARGEST}",
        f"-artifact_prefix={kept}/",
        "-print_final_stats=1",
        "-verbosity=0",
        "-max_len=20000",
    ]
    seeds = [str(CORPUS / folder) for folder in SEEDS.get(name, "").split()]
    # what it learns goes into the first folder: not among what is written by hand
    learnt = tempfile.mkdtemp(prefix="maild-fuzz-")
    atheris.Setup([sys.argv[0], *options, learnt, *seeds], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    raise SystemExit(main())
