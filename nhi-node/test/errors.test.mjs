// Whatever is given: our error with its code, never a crash, a panic or another exception.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import vm from 'node:vm'

import nhi from 'nhi-node'

const { Authorizer, Baseline, Inventory, Ledger, Lifecycle, NhiError, Pepper, Redactor, Scanner } = nhi

const cycle = []
cycle.push(cycle)
let deep = {}
for (let n = 0; n < 100_000; n += 1) deep = { x: deep }
const detached = new Uint8Array(8)
structuredClone(detached.buffer, { transfer: [detached.buffer] })
const hostile = new Proxy({}, {
  get() { throw new Error('get') },
  has() { throw new Error('has') },
  ownKeys() { throw new Error('ownKeys') },
  getPrototypeOf() { throw new Error('getPrototypeOf') },
})
const revoked = Proxy.revocable({}, {})
revoked.revoke()
const throwing = { get time() { throw new Error('time') }, get path() { throw new Error('path') } }
const arrayOfHostile = [hostile]
Object.defineProperty(arrayOfHostile, 1, { get() { throw new Error('1') }, enumerable: true })
const swapped = Object.setPrototypeOf(new Scanner(), Pepper.prototype)
const imitation = Object.create(Pepper.prototype)

const STRANGE = [
  undefined, null, true, 0, 3, -1, 1.5, -0, NaN, Infinity, -Infinity, 2 ** 53, 1e300, 5n, -5n, 2n ** 64n, 2n ** 4000n, '',
  '\ud800', 'a\udc00b', 'é', '\0', 'x'.repeat(100_000), Symbol('s'), Symbol.iterator, [], [undefined], [null], [{}], [[1]],
  // A list with a hole, and one that only says it is long.
  // eslint-disable-next-line no-sparse-arrays
  [, 1], Object.assign([], { length: 5000 }), {}, { a: Infinity }, { a: NaN }, { a: 2n ** 80n }, { '\udfff': 1 }, { a: Symbol() },
  { a: () => 0 }, { __proto__: null, a: 1 }, JSON.parse('{"__proto__": {"x": 1}}'), { toJSON() { return 1 } },
  { valueOf() { throw new Error('valueOf') }, toString() { throw new Error('toString') } }, cycle, deep, hostile,
  revoked.proxy, new Proxy([], {}), throwing, arrayOfHostile, () => 0, class {}, new (class A {})(), new Map(), new Set(),
  new Date(NaN), new Date(8.64e15), new Date(0), /x/, new Error('x'), Promise.resolve(), new WeakMap(), new String('x'),
  new Number(1), new Boolean(false), detached, new Uint8Array(new SharedArrayBuffer(8)), new SharedArrayBuffer(8),
  new ArrayBuffer(8), new DataView(new ArrayBuffer(8)), new Uint16Array(4), new Float64Array(4), new BigInt64Array(4),
  new Uint8Array(4), Buffer.from([0xff, 0xfe]), swapped, imitation, new Scanner(), new Pepper(new Uint8Array(32)),
  new Baseline(), new Ledger(), Scanner, globalThis, vm.runInNewContext('[{}]'), { time: 'yesterday' }, { type: 'Register' },
  { signal: 1 }, { time: 0, credential: 'c', sensitivity: 9 }, new (class B extends Uint8Array {})(4),
]

const pepper = new Pepper(new Uint8Array(32))
const scanner = new Scanner()
const lifecycle = new Lifecycle()
const { ledger } = lifecycle
const [inventory, authorizer, baseline] = [new Inventory(), new Authorizer(), new Baseline()]
const snapshot = { source: 's', plane: 'declared', taken_at: 0, completeness: 'full' }
const question = { subject: { type: 'a', id: 'b' }, action: { name: 'c' }, resource: { type: 'd', id: 'e' } }
const effect = { id: 'x', credential: 'c', work: { type: 'Notify', about: 'a', text: 't' } }
const command = { cmd_id: '1', actor: 'a', credential: 'c', type: 'Register' }
const one = { time: 0, credential: 'c' }
const RULE = 'github.personal-access-token-classic'

/** Each argument of the surface with one strange value in it, the others good. */
const CALLS = {
  Pepper: (x) => new Pepper(x),
  'Pepper.parse': (x) => Pepper.parse(x),
  'Pepper.fingerprint': (x) => pepper.fingerprint(x),
  'Pepper.matches 1': (x) => pepper.matches(x, ''),
  'Pepper.matches 2': (x) => pepper.matches(pepper.fingerprint(''), x),
  Scanner: (x) => new Scanner(x),
  'Scanner generic': (x) => new Scanner({ generic: x }),
  'Scanner ignoreMarks': (x) => new Scanner({ ignoreMarks: x }),
  'Scanner pepper': (x) => new Scanner({ pepper: x }),
  'Scanner.scan': (x) => scanner.scan(x),
  'Scanner.scan options': (x) => scanner.scan('', x),
  'Scanner.scan path': (x) => scanner.scan('', { path: x }),
  'Scanner.scanAsync': (x) => scanner.scanAsync(x),
  'Scanner.scanAsync options': (x) => scanner.scanAsync('', x),
  'Scanner.scanAsync signal': (x) => scanner.scanAsync('', { signal: x }),
  'Scanner.stream': (x) => scanner.stream(x),
  'Stream.push': (x) => scanner.stream().push(x),
  Redactor: (x) => new Redactor(x),
  'Redactor.redact': (x) => new Redactor(scanner).redact(x),
  'Redactor.redactAsync': (x) => new Redactor(scanner).redactAsync(x),
  'Redactor.redactAsync options': (x) => new Redactor(scanner).redactAsync('', x),
  inspect: (x) => nhi.inspect(x),
  'inspect pepper': (x) => nhi.inspect('', x),
  'mint rule': (x) => nhi.mint(x, 1),
  'mint seed': (x) => nhi.mint(RULE, x),
  'mint shape': (x) => nhi.mint(RULE, 1, x),
  'detect name': (x) => nhi.detect(x, ''),
  'detect bytes': (x) => nhi.detect('', x),
  'parse name': (x) => nhi.parse(x, 'kind,id,name,status\n', 0),
  'parse bytes': (x) => nhi.parse('', x, 0),
  'parse readAt': (x) => nhi.parse('', 'kind,id,name,status\n', x),
  'parse options': (x) => nhi.parse('', 'kind,id,name,status\n', 0, x),
  'parse pepper': (x) => nhi.parse('', 'kind,id,name,status\n', 0, { pepper: x }),
  'parse adapter': (x) => nhi.parse('', 'kind,id,name,status\n', 0, { adapter: x }),
  'parseAsync bytes': (x) => nhi.parseAsync('', x, 0),
  'parseAsync options': (x) => nhi.parseAsync('', 'kind,id,name,status\n', 0, x),
  Baseline: (x) => new Baseline(x),
  'Baseline budget': (x) => new Baseline({ budget: x }),
  'Baseline seed': (x) => new Baseline({ seed: x }),
  'Baseline.score': (x) => baseline.score(x),
  'Baseline.score options': (x) => baseline.score(one, x),
  'Baseline.score closeEpochs': (x) => baseline.score(one, { closeEpochs: x }),
  'Baseline.score time': (x) => baseline.score({ time: x, credential: 'c' }),
  'Baseline.score asn': (x) => baseline.score({ ...one, asn: x }),
  'Baseline.score context': (x) => baseline.score({ ...one, context: x }),
  'Baseline.scoreMany': (x) => baseline.scoreMany(x),
  'Baseline.scoreMany member': (x) => baseline.scoreMany([one, x]),
  'Baseline.scoreManyAsync': (x) => baseline.scoreManyAsync(x),
  'Baseline.scoreManyAsync options': (x) => baseline.scoreManyAsync([], x),
  'Baseline.peek': (x) => baseline.peek(x),
  'Baseline.closingDue': (x) => baseline.closingDue(x),
  'Baseline.closeEpoch': (x) => new Baseline().closeEpoch(x),
  'Baseline.setBudget': (x) => new Baseline().setBudget(x),
  'Baseline.closeAlert 1': (x) => baseline.closeAlert(x, true),
  'Baseline.closeAlert 2': (x) => baseline.closeAlert('c', x),
  'Baseline.alerts': (x) => baseline.alerts(x),
  'Baseline.thresholds': (x) => baseline.thresholds(x),
  'Baseline.load': (x) => Baseline.load(x),
  'Baseline.mergeAll': (x) => Baseline.mergeAll(x),
  'Baseline.mergeAll member': (x) => Baseline.mergeAll([baseline, x]),
  Lifecycle: (x) => new Lifecycle(x),
  'Lifecycle options': (x) => new Lifecycle({}, x),
  'Lifecycle ledger': (x) => new Lifecycle({}, { ledger: x }),
  'Lifecycle.apply': (x) => new Lifecycle().apply(x, 0),
  'Lifecycle.apply field': (x) => new Lifecycle().apply({ ...command, owners: x }, 0),
  'Lifecycle.apply now': (x) => new Lifecycle().apply(command, x),
  'Lifecycle.tick': (x) => lifecycle.tick(x),
  'Lifecycle.state': (x) => lifecycle.state(x),
  'Lifecycle.answer effect': (x) => Lifecycle.answer(x, 'a', 0),
  'Lifecycle.answer actor': (x) => Lifecycle.answer(effect, x, 0),
  'Lifecycle.answer at': (x) => Lifecycle.answer(effect, 'a', x),
  'Lifecycle.answer outcome': (x) => Lifecycle.answer(effect, 'a', 0, x),
  'Lifecycle.answer error': (x) => Lifecycle.answer(effect, 'a', 0, { error: x }),
  'Lifecycle.answer evidence': (x) => Lifecycle.answer(effect, 'a', 0, { evidence: x }),
  'Lifecycle.answer externalId': (x) => Lifecycle.answer(effect, 'a', 0, { externalId: x }),
  'Lifecycle.answer fingerprint': (x) => Lifecycle.answer(effect, 'a', 0, { fingerprint: x }),
  Ledger: (x) => new Ledger(x),
  'Ledger.record 1': (x) => ledger.record(x, '1', 'a', 0, {}),
  'Ledger.record 2': (x) => ledger.record('c', x, 'a', 0, {}),
  'Ledger.record 3': (x) => ledger.record('c', '1', x, 0, {}),
  'Ledger.record 4': (x) => ledger.record('c', '1', 'a', x, {}),
  'Ledger.record 5': (x) => ledger.record('c', '1', 'a', 0, x),
  'Ledger.verify': (x) => Ledger.verify(x),
  'Ledger.verify checkpoint': (x) => Ledger.verify('', x),
  'Ledger.replay': (x) => Ledger.replay(x),
  'Inventory.observe 1': (x) => inventory.observe(x, []),
  'Inventory.observe 2': (x) => inventory.observe(snapshot, x),
  'Inventory.observe member': (x) => inventory.observe(snapshot, [x]),
  'Inventory.observeActivities': (x) => inventory.observeActivities(x),
  'Inventory.resolve': (x) => inventory.resolve(x),
  'Inventory.credential': (x) => inventory.credential(x),
  'Inventory.drift': (x) => inventory.drift(x),
  'Inventory.plan': (x) => inventory.plan(x),
  'Inventory.load': (x) => Inventory.load(x),
  Authorizer: (x) => new Authorizer(x),
  'Authorizer.authorize': (x) => authorizer.authorize(x, 0),
  'Authorizer.authorize context': (x) => authorizer.authorize({ ...question, context: x }, 0),
  'Authorizer.authorize now': (x) => authorizer.authorize(question, x),
  'Authorizer.authorize options': (x) => authorizer.authorize(question, 0, x),
  'Authorizer.authorize state': (x) => authorizer.authorize(question, 0, { state: x }),
  'Authorizer.authorize score': (x) => authorizer.authorize(question, 0, { score: x }),
  'Authorizer.authorize pepper': (x) => authorizer.authorize(question, 0, { pepper: x }),
  'Authorizer.replay': (x) => authorizer.replay(x),
  assess: (x) => nhi.assess(x, 0),
  'assess now': (x) => nhi.assess({}, x),
  'assess options': (x) => nhi.assess({}, 0, x),
  'assess policy': (x) => nhi.assess({}, 0, { policy: x }),
  'assess pepper': (x) => nhi.assess({}, 0, { pepper: x }),
  'assessAsync inputs': (x) => nhi.assessAsync(x, 0),
  'assessAsync options': (x) => nhi.assessAsync({}, 0, x),
  ...Object.fromEntries(['files', 'findings', 'activities', 'records', 'commands', 'ledger', 'checkpoint', 'baseline',
    'searched', 'problems'].map((field) => [`assess ${field}`, (x) => nhi.assess({ [field]: x }, 0)])),
  'assess file': (x) => nhi.assess({ files: [x] }, 0),
  'assess file name': (x) => nhi.assess({ files: [{ name: x, bytes: '' }] }, 0),
  'assess file bytes': (x) => nhi.assess({ files: [{ name: 'a', bytes: x }] }, 0),
  'assess file completeness': (x) => nhi.assess({ files: [{ name: 'a', bytes: '', completeness: x }] }, 0),
  'assess command': (x) => nhi.assess({ commands: [{ at: 0, command: x }] }, 0),
  'assess command at': (x) => nhi.assess({ commands: [{ at: x, command }] }, 0),
}

for (const [name, call] of Object.entries(CALLS)) {
  test(`strange values in ${name} give our error or an answer`, async () => {
    let refused = 0
    for (const [at, value] of STRANGE.entries()) {
      try {
        await call(value)
      } catch (error) {
        assert.ok(error instanceof NhiError, `${name} with value ${at}: ${error?.stack}`)
        assert.ok(error.code in nhi.ERROR_CODES && error.code !== 'internal', `${name} with value ${at}: ${error.stack}`)
        assert.ok(error instanceof nhi.ERROR_CODES[error.code])
        refused += 1
      }
    }
    assert.ok(refused > STRANGE.length / 3, `${refused} of ${STRANGE.length} refused`)
  })
}

test('the sweep calls everything', () => {
  const swept = new Set(Object.keys(CALLS).map((name) => name.split(' ')[0]))
  const classes = Object.keys(nhi).filter((name) => /^[A-Z]/.test(name) && nhi[name].prototype && !name.endsWith('Error'))
  const called = (owner, prefix) => Object.entries(Object.getOwnPropertyDescriptors(owner))
    .filter(([name, { value }]) => typeof value === 'function' && name !== 'constructor').map(([name]) => `${prefix}.${name}`)
  const methods = classes.flatMap((name) => [...called(nhi[name].prototype, name), ...called(nhi[name], name)])
  const functions = Object.keys(nhi).filter((name) => typeof nhi[name] === 'function' && !/^[A-Z]/.test(name))
  const withoutArgument = ['Pepper.exposeFile', 'Stream.finish', 'Baseline.save', 'Lifecycle.states',
    'Lifecycle.outstanding', 'Lifecycle.nextDeadline', 'Ledger.head', 'Ledger.lines', 'Ledger.take', 'Inventory',
    'Inventory.credentials', 'Inventory.identities', 'Inventory.owners', 'Inventory.sightings', 'Inventory.ambiguities',
    'Inventory.save', 'Stream']
  assert.ok(classes.length >= 9 && methods.length >= 45 && functions.length >= 7)
  assert.deepEqual([...classes, ...methods, ...functions].sort(), [...new Set([...swept, ...withoutArgument])].sort())
})

test('calls without arguments or `new`, and on other objects, are refused', async () => {
  for (const name of ['Baseline', 'Pepper', 'Scanner', 'Stream']) {
    assert.throws(() => nhi[name](), (error) => error instanceof NhiError)
  }
  for (const call of [() => scanner.scan(), () => new Pepper(), () => nhi.mint(), () => nhi.assess(), () => baseline.score(),
    () => ledger.record(), () => Ledger.verify(), () => new Redactor()]) {
    assert.throws(call, { name: 'WrongTypeError' })
  }
  for (const self of [undefined, null, {}, new Baseline(), imitation, new Proxy(scanner, {})]) {
    assert.throws(() => Scanner.prototype.scan.call(self, 'x'))
    await assert.rejects(Scanner.prototype.scanAsync.call(self, 'x'))
  }
  assert.throws(() => new nhi.Stream())
})

test('errors name the field and what was expected', () => {
  const told = (call) => { try { call() } catch (error) { return `${error.name} ${error.code} ${error.message}` } }
  assert.equal(told(() => scanner.scan(null)), 'WrongTypeError invalid_argument data: expected string or Uint8Array, found null')
  assert.equal(told(() => new Scanner({ pepper: 'x' })), 'WrongTypeError invalid_argument pepper: expected Pepper, found string')
  assert.equal(told(() => baseline.score({ ...one, asn: 'x' })), 'InvalidInputError invalid_json activity.asn: invalid type: a string, expected u32')
  assert.match(told(() => baseline.score({ ...one, azn: 1 })), /^InvalidInputError invalid_json activity\.azn: unknown field `azn`, expected one of/)
  // A name that holds marks of its own says no more than one that does not.
  const secret = ['ghp', '_S3cr3tS3cr3t'].join('')
  for (const name of [secret, `a\`, expected ${secret}`, `${secret}\`, expected b`, `a", expected ${secret}`]) {
    assert.ok(!told(() => baseline.score({ ...one, [name]: 1 })).includes('S3cr3t'), name)
    assert.ok(!told(() => baseline.score({ ...one, outcome: name })).includes('S3cr3t'), name)
  }
  assert.match(told(() => scanner.scan('\ud800')), /lone surrogate/)
  assert.match(told(() => scanner.scan(detached)), /detached/)
  assert.match(told(() => scanner.scan(new Uint8Array(new SharedArrayBuffer(1)))), /shared/)
})

test('a small object that tells of very much is given up', () => {
  let bushy = [0]
  for (let n = 0; n < 60; n += 1) bushy = [bushy, bushy]
  assert.throws(() => authorizer.authorize(bushy, 0), { code: 'input_too_large' })
})

test('times in three forms are one', () => {
  const forms = ['2026-01-01T00:00:00.123Z', 1767225600123, new Date(1767225600123), '2026-01-01T02:00:00.123+02:00']
  for (const time of forms) assert.equal(new Baseline().peek({ time, credential: 'c' }).time, '2026-01-01T00:00:00.123Z')
  assert.equal(new Baseline().closeEpoch(forms[2]).day, 20454)
  for (const bad of [NaN, 0.5, Infinity, 1e300, new Date(NaN), '2026-01-01', '']) {
    assert.throws(() => lifecycle.tick(bad), { code: 'invalid_time' })
  }
})

test('a panic becomes an exception', () => {
  const native = createRequire(import.meta.url)('../native.js')
  assert.throws(() => native.panicForTest(), { name: 'InternalError', code: 'internal' })
})
