"""Where the programs of the examples are."""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "examples" / "guard"), str(ROOT / "examples" / "verify")]


def pytest_addoption(parser):
    parser.addoption("--calls", type=int, default=20_000, help="calls in the test of stable memory; deep: 1000000")
