"""What a call from Python costs beside the same call in Rust: the best of many runs, in nanoseconds.

`cargo xtask bench python` gives the program in Rust as the first argument: it measures the same two lines. Without it
only Python's side is told.
"""

import re
import subprocess
import sys
import time

import nhi

CLEAN = ("2026-11-02T10:15:00Z INFO request served in 12 ms by worker 7; " * 17)[:1024]
TOKEN = nhi.mint("gitlab.personal-access-token", 7)
FOUND = f"{CLEAN[:499]} {TOKEN} {CLEAN[501 + len(TOKEN):]}"


def best(call, argument):
    """Nanoseconds of one call, the fastest of 400 runs of 100."""
    fastest, times = float("inf"), range(100)
    for _ in range(400):
        start = time.perf_counter_ns()
        for _ in times:
            call(argument)
        fastest = min(fastest, (time.perf_counter_ns() - start) / 100)
    return fastest


def main(arguments):
    rust = {}
    if arguments:
        told = subprocess.run(arguments[:1], check=True, capture_output=True, text=True).stdout
        rust = {what: float(ns) for what, ns in re.findall(r"^(.*?): Rust (\d+) ns", told, re.MULTILINE)}
        assert len(rust) == 2, told
    scanner = nhi.Scanner()
    assert (len(scanner.scan(CLEAN)), len(scanner.scan(FOUND))) == (0, 1)
    for what, line in (("a clean 1 KB line", CLEAN), ("1 KB with a finding", FOUND)):
        for form, data in (("bytes", line.encode()), ("str", line)):
            python = best(scanner.scan, data)
            beside = f", Rust {rust[what]:.0f} ns, the border {python - rust[what]:.0f} ns" if rust else ""
            print(f"{what}, {form}: Python {python:.0f} ns{beside}")


if __name__ == "__main__":
    main(sys.argv[1:])
