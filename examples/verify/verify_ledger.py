#!/usr/bin/env python3
"""Verifies a ledger of nhi without nhi: Python's standard library only.

usage: verify_ledger.py LEDGER [SEQ:HASH]

A ledger is UTF-8 text, an entry a line. A line is the RFC 8785 form of an object with exactly the fields
actor, at, cmd_id, credential, event, hash, prev_hash, seq, v, followed by a line feed. `hash` is the lower-case hex
SHA-256 of the same form without `hash`; `prev_hash` is the hash of the line before, 64 zeros for the first; `seq`
counts from 1; `v` is 1. SEQ:HASH is a checkpoint that was kept elsewhere: without one, a cut tail does not show.

Prints one line. Exit code: 0 it holds, 1 it does not, 2 it could not be read.
"""

import hashlib
import json
import sys

FIELDS = ["actor", "at", "cmd_id", "credential", "event", "hash", "prev_hash", "seq", "v"]
LARGEST = 2**53 - 1


class Fault(Exception):
    """What is wrong: its code and a sentence."""


def canonical(value):
    """The RFC 8785 form; entries hold no fractions."""
    if isinstance(value, dict):
        # RFC 8785 sorts names by their UTF-16 code units.
        names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(canonical(name) + ":" + canonical(value[name]) for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, float) or (type(value) is int and abs(value) > LARGEST):
        raise Fault("not_canonical", "a number that has no canonical form")
    return json.dumps(value, ensure_ascii=False)


def distinct(pairs):
    """An object whose names are all different."""
    value = dict(pairs)
    if len(value) != len(pairs):
        raise Fault("not_canonical", "a name stands twice in one object")
    return value


def check(line, expected, before):
    """The hash of a line that holds; raises `Fault`."""
    try:
        text = line.decode("utf-8")
        entry = json.loads(text, object_pairs_hook=distinct)
    except (ValueError, RecursionError):
        raise Fault("changed", "not JSON in UTF-8") from None
    if not isinstance(entry, dict) or type(entry.get("v")) is not int:
        raise Fault("changed", "not an object with a version")
    if entry["v"] != 1:
        raise Fault("unknown_version", "format %d, this program reads 1" % entry["v"])
    if sorted(entry) != FIELDS or type(entry["seq"]) is not int or entry["seq"] < 0:
        raise Fault("changed", "not the fields of an entry")
    if canonical(entry) != text:
        raise Fault("not_canonical", "the line is not in RFC 8785 form")
    stated = entry.pop("hash")
    actual = hashlib.sha256(canonical(entry).encode("utf-8", "surrogatepass")).hexdigest()
    if stated != actual:
        raise Fault("changed", "the hash does not belong to the entry")
    if entry["seq"] != expected:
        code = "missing" if entry["seq"] > expected else "reordered"
        raise Fault(code, "entry %d stands where %d should" % (entry["seq"], expected))
    if entry["prev_hash"] != before:
        raise Fault("changed", "its prev_hash is not the hash of the entry before")
    return actual


def verify(data, checkpoint=None):
    """Entries that hold, and the first fault as `(line, code, text)` or None. `checkpoint` is `(seq, hash)`."""
    seq, head = 0, "0" * 64
    lines = data.split(b"\n")
    tail = lines.pop()
    for number, line in enumerate(lines, 1):
        try:
            head = check(line, seq + 1, head)
        except Fault as fault:
            return seq, (number, *fault.args)
        seq += 1
        if checkpoint and checkpoint[0] == seq and checkpoint[1] != head:
            return seq, (number, "rewritten", "it is not the entry of the checkpoint")
    if tail:
        return seq, (len(lines) + 1, "truncated", "the last line has no line feed")
    if checkpoint and checkpoint[0] > seq:
        text = "it ends at %d, the checkpoint is at %d" % (seq, checkpoint[0])
        return seq, (len(lines) + 1, "cut", text)
    return seq, None


def main(args):
    """Runs the program."""
    try:
        path, *rest = args
        with open(path, "rb") as file:
            data = file.read()
        checkpoint = None
        if rest:
            seq, head = rest[0].split(":")
            checkpoint = (int(seq), head)
    except (OSError, ValueError) as error:
        print("verify_ledger.py: %s (usage: verify_ledger.py LEDGER [SEQ:HASH])" % error, file=sys.stderr)
        return 2
    entries, fault = verify(data, checkpoint)
    if fault:
        print("line %d: %s: %s; %d entries before it hold" % (*fault, entries))
        return 1
    print("%d entries hold, %s" % (entries, "the tail is anchored" if checkpoint else "tail not anchored"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
