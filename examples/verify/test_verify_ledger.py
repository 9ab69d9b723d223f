"""The verifier in Python and the core say the same of every case (``cargo xtask verify`` makes them)."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import verify_ledger

PROGRAM = pathlib.Path(verify_ledger.__file__)


def cases():
    with open(os.environ["NHI_CASES"], encoding="utf-8") as file:
        return [json.loads(line) for line in file]


class Verifier(unittest.TestCase):
    def test_it_agrees_with_the_core(self):
        seen = cases()
        self.assertGreaterEqual(len(seen), 600)
        for case in seen:
            anchor = case["checkpoint"] and (case["checkpoint"]["seq"], case["checkpoint"]["hash"])
            entries, fault = verify_ledger.verify(bytes.fromhex(case["ledger"]), anchor)
            line, code = fault[:2] if fault else (None, None)
            self.assertEqual((entries, line, code), (case["entries"], case["line"], case["code"]), case["name"])

    def test_the_program_says_it_and_its_exit_code_too(self):
        for case in [case for case in cases() if case["name"] in ("good", "cut", "swapped")]:
            with tempfile.TemporaryDirectory() as folder:
                path = pathlib.Path(folder, "ledger.jsonl")
                path.write_bytes(bytes.fromhex(case["ledger"]))
                anchor = ["%(seq)d:%(hash)s" % case["checkpoint"]] if case["checkpoint"] else []
                told = subprocess.run([sys.executable, "-B", PROGRAM, path, *anchor], capture_output=True, text=True)
            self.assertEqual(told.returncode, 1 if case["code"] else 0, case["name"])
            says = case["code"] or ("the tail is anchored" if anchor else "tail not anchored")
            self.assertIn(says, told.stdout)

    def test_it_is_short_and_needs_nothing(self):
        text = PROGRAM.read_text(encoding="utf-8")
        self.assertLessEqual(text.count("\n"), 120)
        needs = [line.split()[1] for line in text.splitlines() if line.startswith(("import ", "from "))]
        self.assertEqual(needs, ["hashlib", "json", "sys"])


if __name__ == "__main__":
    unittest.main()
