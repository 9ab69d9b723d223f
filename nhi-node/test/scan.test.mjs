// Scanner, Stream, Redactor, inspect, mint, Pepper: forms of data, spans, switches.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect as show } from 'node:util'

import { Baseline, Lifecycle, NhiError, Pepper, Redactor, Scanner, inspect, mint } from 'nhi-node'

const RULE = 'github.personal-access-token-classic'
const TOKEN = mint(RULE, 7)
const bytes = (text) => Buffer.from(text)

test('spans count bytes for buffers and UTF-16 code units for strings', () => {
  const text = `é€𐐷 = 1\nkey = ${TOKEN} # é\n`
  const [ofText] = new Scanner().scan(text)
  const [ofBytes] = new Scanner().scan(bytes(text))
  assert.equal(text.slice(ofText.start, ofText.end), TOKEN)
  assert.equal(bytes(text).subarray(ofBytes.start, ofBytes.end).toString(), TOKEN)
  assert.equal(ofBytes.start - ofText.start, 5)
  assert.deepEqual([ofText.line, ofText.column, ofBytes.line, ofBytes.column], [2, 7, 2, 7])
})

test('parts of a pair count UTF-16 code units too', () => {
  const [key, secret] = [mint('aws.access-key-id-long-lived', 1), mint('aws.secret-access-key', 1)]
  const text = `é 😀 é\naws_access_key_id = ${key}\naws_secret_access_key = ${secret}\n`
  const parts = new Scanner().scan(text).flatMap((finding) => finding.parts)
  assert.ok(parts.length > 0)
  for (const part of parts) assert.ok([key, secret].includes(text.slice(part.start, part.end)))
})

test('every form of bytes gives the same', () => {
  const data = bytes(`GH=${TOKEN}`)
  const wider = Buffer.concat([bytes('xx'), data, bytes('yy')])
  const forms = [new Uint8Array(data), Uint8Array.from(data), wider.subarray(2, -2), new Uint8ClampedArray(data)]
  const expected = new Scanner().scan(data)
  assert.equal(expected.length, 1)
  for (const form of forms) assert.deepEqual(new Scanner().scan(form), expected)
  assert.deepEqual(new Scanner().scan(new Uint8Array()), [])
  assert.deepEqual(new Scanner().scan(''), [])
})

test('names stand in the order of the core', () => {
  const [found] = new Scanner({ pepper: new Pepper(new Uint8Array(32)) }).scan(TOKEN, { path: 'a' })
  assert.deepEqual(Object.keys(found), ['v', 'path', 'rule', 'provider', 'kind', 'credential_kind', 'confidence',
    'level', 'start', 'end', 'line', 'column', 'preview', 'fingerprint', 'reasons', 'attributes', 'decoded', 'parts',
    'alternatives'])
})

test('the path is set and the pepper gives fingerprints', () => {
  const pepper = new Pepper(Uint8Array.from({ length: 32 }, (_, at) => at))
  const [found] = new Scanner({ pepper }).scan(`GH=${TOKEN}`, { path: 'src/a.js' })
  assert.equal(found.path, 'src/a.js')
  assert.equal(found.fingerprint, pepper.fingerprint(TOKEN))
  assert.ok(pepper.matches(found.fingerprint, bytes(TOKEN)) && !pepper.matches(found.fingerprint, 'other'))
  const [bare] = new Scanner().scan(`GH=${TOKEN}`)
  assert.ok(!('path' in bare) && !('fingerprint' in bare))
})

test('switches of the scanner', () => {
  const marked = `GH=${TOKEN}  # nhi:ignore`
  assert.deepEqual(new Scanner().scan(marked), [])
  assert.equal(new Scanner({ ignoreMarks: false }).scan(marked).length, 1)
  assert.equal(new Scanner({ generic: null, ignoreMarks: undefined, pepper: null }).scan(TOKEN).length, 1)
})

test('any cutting of a stream gives the findings of the whole', () => {
  const data = bytes(`${'x = 1\n'.repeat(30_000)}GH=${TOKEN}\n${'y = 2\n'.repeat(30_000)}`)
  const scanner = new Scanner()
  for (const size of [1 << 10, 65_537, data.length]) {
    const stream = scanner.stream({ path: 'a.js' })
    const found = []
    for (let at = 0; at < data.length; at += size) found.push(...stream.push(data.subarray(at, at + size)))
    found.push(...stream.finish())
    assert.deepEqual(found, scanner.scan(data, { path: 'a.js' }))
    assert.throws(() => stream.push(data), { code: 'invalid_argument' })
    assert.throws(() => stream.finish(), { code: 'invalid_argument' })
  }
})

test('a stream outlives its scanner', () => {
  let stream = new Scanner({ pepper: new Pepper(new Uint8Array(32)) }).stream({ path: 'x'.repeat(100) })
  globalThis.gc?.()
  assert.equal([...stream.push(bytes(TOKEN)), ...stream.finish()][0].path.length, 100)
})

test('redacting keeps the type and the rest', () => {
  const redactor = new Redactor(new Scanner({ ignoreMarks: false }))
  const text = `é Authorization: token ${TOKEN}\n`
  const line = redactor.redact(text)
  assert.ok(!line.includes(TOKEN) && line.startsWith('é Authorization: token ghp_…'))
  assert.deepEqual(redactor.redact(bytes(text)), bytes(line))
  const raw = Buffer.from([0xff, 0x20, 0xfe])
  assert.deepEqual(redactor.redact(raw), raw)
})

test('no secret is in findings, inspections or errors', () => {
  const pepper = new Pepper(new Uint8Array(32))
  const seen = [JSON.stringify(new Scanner({ pepper }).scan(`GH=${TOKEN}`)), JSON.stringify(inspect(TOKEN, pepper)),
    show(pepper, { depth: 9, showHidden: true }), JSON.stringify(pepper)]
  const command = { cmd_id: '1', actor: 'a', credential: 'c', type: TOKEN }
  const calls = [
    () => new Baseline().score({ time: 0, credential: 'c', asn: TOKEN }),
    () => new Baseline().score({ time: 0, credential: 'c', [TOKEN]: 1 }),
    () => new Baseline().score({ time: TOKEN, credential: 'c' }),
    () => new Lifecycle().apply(command, 0),
    () => new Lifecycle({ retries: TOKEN }),
    () => new Scanner({ [TOKEN]: 1 }),
    () => new Scanner().scan({ [TOKEN]: 1 }),
    () => mint(TOKEN, 1),
  ]
  for (const call of calls) {
    assert.throws(call, (error) => seen.push(error.message, error.stack.split('\n    at')[0]) && error instanceof NhiError)
  }
  assert.equal(seen.length, 4 + 2 * calls.length)
  for (const text of seen) assert.ok(!text.includes(TOKEN.slice(8, -8)), text)
})

test('inspecting names rule and check', () => {
  const told = inspect(`Bearer ${TOKEN}`)
  assert.deepEqual([told.rule, told.check.outcome], [RULE, 'holds'])
  assert.equal(inspect(new Uint8Array()).rule, null)
})

test('decoys repeat and differ by seed', () => {
  assert.equal(mint(RULE, 7n), TOKEN)
  assert.notEqual(mint(RULE, 2n ** 64n - 1n), TOKEN)
  const bad = [['no.such-rule', 1], [RULE, 2n ** 64n], [RULE, -1], [RULE, -1n], [RULE, 1.5], [RULE, NaN], [RULE, 2 ** 53],
    [RULE, 2n ** 700n], [RULE, '1'], [RULE, 1, 99], [RULE, 1, 0.5], [RULE]]
  for (const args of bad) assert.throws(() => mint(...args), { code: 'invalid_argument' })
})

test('a pepper is read and written', () => {
  const pepper = new Pepper(Uint8Array.from({ length: 32 }, (_, at) => at))
  const again = Pepper.parse(pepper.exposeFile())
  assert.equal(again.id, pepper.id)
  assert.equal(again.fingerprint('x'), pepper.fingerprint(bytes('x')))
  for (const file of ['', 'nhi-pepper-1 x y', pepper.exposeFile().repeat(3)]) {
    assert.throws(() => Pepper.parse(file), { code: 'invalid_pepper' })
  }
  for (const key of [new Uint8Array(), new Uint8Array(31), new Uint8Array(33), 'x'.repeat(32)]) {
    assert.throws(() => new Pepper(key), { code: 'invalid_pepper' })
  }
})
