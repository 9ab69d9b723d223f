#!/usr/bin/env node
// Checks a ledger without nhi: Node's standard library only.
//
//     node verify-ledger.mjs LEDGER.jsonl [CHECKPOINT.json]
//
// A line is the RFC 8785 form of {v, seq, at, cmd_id, actor, credential, event, prev_hash, hash} and a line feed; `hash`
// is the SHA-256 of the same form without `hash`, `prev_hash` that of the line before (64 zeros for the first). A
// checkpoint is {"seq": …, "hash": …}, kept elsewhere: without one, a cut tail does not show.
// Prints one line. Exit code 0: it holds, 1: it does not, 2: it could not be read.

import { createHash } from 'node:crypto';
import { readFileSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FIELDS = ['actor', 'at', 'cmd_id', 'credential', 'event', 'hash', 'prev_hash', 'seq', 'v'];
const ZEROS = '0'.repeat(64);
const DEEPEST = 128;

class Fault extends Error {
  constructor(code, text, seq) {
    super(text);
    Object.assign(this, { code, seq });
  }
}

/** The RFC 8785 form: keys by their UTF-16 units; integers within ±(2^53-1) only, no lone surrogates. */
function canonical(value, depth = 0) {
  if (depth > DEEPEST) throw new Fault('not_canonical', 'nested too deeply');
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new Fault('not_canonical', 'a number that is no integer within ±(2^53-1)');
    return String(value);
  }
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new Fault('not_canonical', 'half of a surrogate pair');
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item, depth + 1)).join(',')}]`;
  const members = Object.keys(value).sort();
  return `{${members.map((key) => `${canonical(key)}:${canonical(value[key], depth + 1)}`).join(',')}}`;
}

/** The hash of a line that holds; throws what is wrong with it. */
function checkLine(bytes, expected, previous) {
  let text, entry;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    entry = JSON.parse(text);
  } catch {
    throw new Fault('changed', 'not JSON in UTF-8');
  }
  if (entry === null || typeof entry !== 'object' || Array.isArray(entry)) throw new Fault('changed', 'not an object');
  if (!Object.hasOwn(entry, 'v')) throw new Fault('changed', 'v: missing');
  if (entry.v !== 1) throw new Fault('unknown_version', 'another format than 1');
  const absent = FIELDS.find((field) => !Object.hasOwn(entry, field));
  if (absent) throw new Fault('changed', `${absent}: missing`);
  if (Object.keys(entry).length !== FIELDS.length) throw new Fault('changed', 'it has fields that do not belong there');
  const { seq } = entry;
  if (!Number.isInteger(seq) || seq < 0) throw new Fault('changed', 'seq: expected a number');
  if (canonical(entry) !== text) throw new Fault('not_canonical', 'the line is not in RFC 8785 form', seq);
  const { hash, ...hashed } = entry;
  if (createHash('sha256').update(canonical(hashed)).digest('hex') !== hash) {
    throw new Fault('changed', 'the hash does not belong to the entry', seq);
  }
  if (seq > expected) throw new Fault('missing', `entry ${seq} stands where ${expected} should`);
  if (seq < expected) throw new Fault('reordered', `entry ${seq} stands where ${expected} should`, seq);
  if (entry.prev_hash !== previous) throw new Fault('changed', 'its prev_hash is not the hash of the entry before', seq);
  return hash;
}

/** Checks `bytes` from the first entry on, and against `checkpoint` if there is one. */
export function verify(bytes, checkpoint = null) {
  const head = { seq: 0, hash: ZEROS };
  const told = (fault) => ({ entries: head.seq, head, fault, anchored: checkpoint !== null });
  let line = 0;
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(10, start);
    const expected = head.seq + 1;
    line += 1;
    try {
      if (end < 0) throw new Fault('truncated', 'the last line has no line feed');
      head.hash = checkLine(bytes.subarray(start, end), expected, head.hash);
      head.seq = expected;
      if (checkpoint?.seq === head.seq && checkpoint.hash !== head.hash) {
        throw new Fault('rewritten', 'it is not the entry of the checkpoint', head.seq);
      }
    } catch (fault) {
      if (!(fault instanceof Fault)) throw fault;
      return told({ line, seq: fault.seq ?? expected, code: fault.code, text: fault.message });
    }
    start = end + 1;
  }
  if (checkpoint !== null && checkpoint.seq > head.seq) {
    const text = `it ends at ${head.seq}, the checkpoint is at ${checkpoint.seq}`;
    return told({ line: line + 1, seq: head.seq + 1, code: 'cut', text });
  }
  return told(null);
}

/** A checkpoint from its JSON; anything else is refused, so that it can't be taken for one that holds. */
function readCheckpoint(text) {
  const { seq, hash } = JSON.parse(text) ?? {};
  if (Number.isSafeInteger(seq) && seq >= 0 && /^[0-9a-f]{64}$/.test(hash)) return { seq, hash };
  throw new Error('a checkpoint is {"seq": number, "hash": 64 hex digits}');
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    const [ledger, checkpoint, ...rest] = process.argv.slice(2);
    if (!ledger || rest.length > 0) throw new Error('usage: verify-ledger.mjs LEDGER.jsonl [CHECKPOINT.json]');
    const anchor = checkpoint ? readCheckpoint(readFileSync(checkpoint, 'utf8')) : null;
    const { entries, fault, anchored } = verify(readFileSync(ledger), anchor);
    const tail = anchored ? 'the tail is anchored' : 'tail not anchored';
    console.log(fault ? `line ${fault.line}, entry ${fault.seq}: ${fault.code}: ${fault.text}` : `${entries} entries hold, ${tail}`);
    process.exitCode = fault ? 1 : 0;
  } catch (error) {
    console.error(`verify-ledger: ${error.message}`);
    process.exitCode = 2;
  }
}
