// `node --test` on the ledger of the bundled company (`cargo xtask verify` makes it): good, changed, swapped, dropped,
// cut. The codes are those of the core's own verifier.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import { verify } from './verify-ledger.mjs';

const good = readFileSync(process.env.NHI_LEDGER, 'utf8');
const lines = good.split('\n').slice(0, -1);
const last = JSON.parse(lines.at(-1));
const head = { seq: last.seq, hash: last.hash };
const text = (some) => Buffer.from(some.map((line) => `${line}\n`).join(''));
const fault = (some, checkpoint) => verify(text(some), checkpoint).fault;

/** A line as somebody would write it who knows the form. */
function forged(line, change) {
  const { hash, ...entry } = JSON.parse(line);
  change(entry);
  const form = (value) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${form(value[key])}`).join(',')}}`
      : Array.isArray(value) ? `[${value.map(form).join(',')}]` : JSON.stringify(value);
  return form({ ...entry, hash: createHash('sha256').update(form(entry)).digest('hex') });
}

test('there is something to check', () => assert.ok(lines.length > 20, `${lines.length} lines`));

test('a good ledger holds, and is anchored only by a checkpoint', () => {
  assert.deepEqual(verify(text(lines)), { entries: lines.length, head, fault: null, anchored: false });
  assert.deepEqual(verify(text(lines), head), { entries: lines.length, head, fault: null, anchored: true });
  assert.equal(verify(Buffer.alloc(0)).fault, null);
});

test('every changed byte of a line shows', () => {
  const bytes = Buffer.from(`${lines.slice(0, 3).join('\n')}\n`);
  for (let at = 0; at < bytes.length; at += 1) {
    const changed = Buffer.from(bytes);
    changed[at] ^= 1;
    assert.ok(verify(changed).fault, `byte ${at}`);
  }
});

test('a changed entry with a hash that fits breaks the chain at the next', () => {
  const changed = [...lines];
  changed[4] = forged(lines[4], (entry) => { entry.actor = 'somebody'; });
  assert.deepEqual([fault(changed).line, fault(changed).code], [6, 'changed']);
});

test('swapped, dropped and repeated entries show', () => {
  const swapped = [...lines];
  [swapped[7], swapped[8]] = [swapped[8], swapped[7]];
  assert.deepEqual([fault(swapped).line, fault(swapped).code], [8, 'missing']);
  assert.deepEqual([fault(lines.toSpliced(7, 1)).line, fault(lines.toSpliced(7, 1)).code], [8, 'missing']);
  assert.equal(fault(lines.toSpliced(7, 0, lines[6])).code, 'reordered');
  assert.equal(fault(lines.slice(1)).code, 'missing');
});

test('a cut tail shows against a checkpoint, and only there', () => {
  const cut = lines.slice(0, -3);
  assert.equal(fault(cut), null);
  assert.deepEqual([fault(cut, head).code, fault(cut, head).line], ['cut', lines.length - 2]);
  assert.equal(verify(Buffer.from(good.slice(0, -1))).fault.code, 'truncated');
});

test('a ledger written anew shows against a checkpoint', () => {
  let previous = '0'.repeat(64);
  const anew = lines.map((line) => {
    const written = forged(line, (entry) => { entry.prev_hash = previous; entry.actor = 'somebody'; });
    previous = JSON.parse(written).hash;
    return written;
  });
  assert.equal(fault(anew), null);
  assert.equal(fault(anew, head).code, 'rewritten');
});

test('what is not in the one form is refused', () => {
  for (const [code, line] of [
    ['changed', ''], ['changed', 'null'], ['changed', '[]'], ['changed', '{}'], ['unknown_version', '{"v":2}'],
    ['not_canonical', lines[0].replace('{', '{ ')], ['not_canonical', lines[0].replace('"v":1', '"v":1.0')],
    ['changed', lines[0].replace('"seq":1', '"seq":1.5')], ['changed', `${lines[0]}x`],
    ['changed', forged(lines[0], (entry) => { entry.more = 1; })],
    ['not_canonical', forged(lines[0], (entry) => { entry.actor = '\ud800'; })],
    ['not_canonical', forged(lines[0], (entry) => { entry.event = { n: 2 ** 53 }; })],
  ]) {
    assert.equal(fault([line])?.code, code, line);
  }
  assert.ok(verify(Buffer.from([0xff, 10])).fault);
  assert.ok(verify(Buffer.from(`{"v":${'['.repeat(1e6)}\n`)).fault);
});

test('it agrees with the core on every case', () => {
  const cases = readFileSync(process.env.NHI_CASES, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
  assert.ok(cases.length >= 600, `${cases.length} cases`);
  for (const { name, ledger, checkpoint, ...says } of cases) {
    const told = verify(Buffer.from(ledger, 'hex'), checkpoint);
    const { line = null, code = null } = told.fault ?? {};
    assert.deepEqual({ line, code, entries: told.entries, anchored: told.anchored }, says, name);
  }
});

test('it is short and needs nothing', () => {
  const text = readFileSync(new URL('verify-ledger.mjs', import.meta.url), 'utf8');
  assert.ok(text.split('\n').length <= 121);
  assert.ok([...text.matchAll(/^import .* from '(.*)'/gm)].every(([, from]) => from.startsWith('node:')));
});
