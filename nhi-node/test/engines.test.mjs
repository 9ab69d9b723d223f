// Baseline, Lifecycle, Ledger, Inventory, Authorizer, detect, parse, assess.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import {
  Authorizer, Baseline, Inventory, InvalidInputError, Ledger, Lifecycle, Pepper, RejectedError, StateError, assess,
  detect, mint, parse,
} from 'nhi-node'

const HOUR = 3_600_000
const month = () => Array.from({ length: 30 }, (_, day) => [9, 10, 11].map((hour) => (
  { time: (day * 24 + hour) * HOUR, credential: 'ci', asn: 64500 }))).flat()

test('a call from another network is named', () => {
  const baseline = new Baseline()
  const scores = baseline.scoreMany(month(), { closeEpochs: true })
  assert.deepEqual([scores.length, scores[0].trust], [90, 'learning'])
  baseline.closeEpoch(29 * 24 * HOUR)
  const strange = { time: (29 * 24 + 11) * HOUR, credential: 'ci', asn: 64666 }
  const before = baseline.save()
  const looked = baseline.peek(strange)
  assert.deepEqual(baseline.save(), before)
  assert.equal(looked.reasons[0].text, 'network AS64666 never seen in 29 days (1 known)')
  assert.deepEqual(baseline.score(strange), looked)
})

test('one by one and in a batch are the same bytes', () => {
  const [batch, single] = [new Baseline(), new Baseline()]
  const scores = batch.scoreMany(month(), { closeEpochs: true })
  month().forEach((activity, at) => {
    if (single.closingDue(activity)) single.closeEpoch(activity.time)
    assert.deepEqual(single.score(activity), scores[at])
  })
  assert.deepEqual(single.save(), batch.save())
})

test('a malformed activity in a batch leaves nothing learned', () => {
  const baseline = new Baseline()
  assert.throws(() => baseline.scoreMany([...month(), { time: 0, credential: 'c', asn: -1 }]), {
    code: 'invalid_json', message: 'activities[90].asn: invalid value: integer `-1`, expected u32',
  })
  assert.equal(baseline.size, 0)
})

test('baselines are saved, loaded and merged', () => {
  const [one, two] = [new Baseline({ seed: 1 }), new Baseline({ seed: 1n })]
  one.score({ time: 0, credential: 'a' })
  two.score({ time: 0, credential: 'b' })
  const merged = Baseline.mergeAll([one, two])
  assert.equal(merged.size, 2)
  assert.deepEqual(merged.save(), Baseline.mergeAll([two, one]).save())
  assert.deepEqual(Baseline.load(merged.save()).save(), merged.save())
  assert.ok(Baseline.load(merged.save()) instanceof Baseline)
  assert.throws(() => Baseline.mergeAll([one, new Baseline({ seed: 2 })]), InvalidInputError)
  assert.deepEqual([one.alerts('/a'), one.alerts('/b'), one.thresholds('/a').length], [0, null, 2])
  assert.deepEqual([one.closeAlert('/a', true), one.closeAlert('/b', true), one.thresholds('/b')], [true, false, null])
  one.setBudget(2)
  assert.equal(one.closeEpoch(new Date(0)).budget, 2)
  assert.throws(() => one.setBudget(0), { code: 'invalid_argument' })
})

test('damaged state is refused at every byte', () => {
  const baseline = new Baseline()
  baseline.score({ time: 0, credential: 'a' })
  const state = baseline.save()
  for (let at = 0; at < state.length; at += Math.ceil(state.length / 300)) {
    const changed = Buffer.from(state)
    changed[at] ^= 1 << (at % 8)
    assert.throws(() => Baseline.load(changed), StateError)
    assert.throws(() => Baseline.load(state.subarray(0, at)), StateError)
  }
  const later = Buffer.from(state)
  later[8] = 99
  assert.throws(() => Baseline.load(later), { code: 'state_version' })
})

/** A key is registered, revoked, and the provider confirms. */
function story() {
  const machine = new Lifecycle()
  const who = { actor: 'ann', credential: 'corp/ci/api_key' }
  const owners = [{ kind: 'team', id: 'platform' }]
  const versions = [{ external_id: 'é-1' }]
  machine.apply({ ...who, cmd_id: '1', type: 'Register', owners, versions }, 0)
  machine.apply({ ...who, cmd_id: '2', type: 'Revoke', cause: 'cessation' }, HOUR)
  for (const effect of machine.outstanding()) {
    const command = Lifecycle.answer(effect, 'host', HOUR + 1000, { evidence: 'status 204' })
    assert.equal(machine.apply(command, HOUR + 1000).already, false)
  }
  return machine
}

test('a key is registered, revoked and confirmed', () => {
  const machine = story()
  assert.deepEqual(machine.outstanding(), [])
  assert.equal(machine.state('corp/ci/api_key').versions[0].state.state, 'Revoked')
  assert.deepEqual([Object.keys(machine.states()), machine.state('other')], [['corp/ci/api_key'], null])
  const lines = machine.ledger.lines()
  assert.deepEqual(Ledger.replay(lines), machine.states())
  const resumed = new Lifecycle(null, { ledger: lines })
  assert.deepEqual(resumed.states(), machine.states())
  assert.deepEqual(resumed.ledger.head(), machine.ledger.head())
  assert.equal(resumed.nextDeadline(), machine.nextDeadline())
  assert.equal(resumed.ledger.lines(), '')
  assert.deepEqual(new Lifecycle().tick(5).entries, [])
  const command = { actor: 'ann', credential: 'corp/ci/api_key', cmd_id: '2', type: 'Revoke', cause: 'cessation' }
  const again = machine.apply(command, 3 * HOUR)
  assert.ok(again.already && again.entries.length === 0 && again.seqs.length > 0)
})

test('a refused command says what it needs', () => {
  const command = { actor: 'ann', credential: 'corp/ci/api_key', cmd_id: '9', expected_seq: 1, type: 'Suspend', reason: 'x' }
  assert.throws(() => story().apply(command, 3 * HOUR), (error) => {
    assert.ok(error instanceof RejectedError)
    assert.deepEqual([error.code, error.guard, error.needs], ['rejected', 'expected_seq', 'a look at the present state'])
    return error.found.length > 0 && error.message.includes(error.found)
  })
})

test('lines are taken once and the chain goes on', () => {
  const machine = story()
  const { ledger } = machine
  const first = ledger.take()
  const head = ledger.head()
  assert.equal(ledger.lines(), '')
  assert.equal(Ledger.verify(first, head).fault, null)
  machine.apply({ cmd_id: 'r', actor: 'a', credential: 'd', type: 'Register' }, 4 * HOUR)
  assert.ok(Ledger.verify(Buffer.from(first + ledger.lines()), ledger.head()).anchored)
  assert.deepEqual(new Ledger(head).head(), head)
})

test('a changed, cut or swapped ledger is told', () => {
  const machine = story()
  const [good, head] = [machine.ledger.lines(), machine.ledger.head()]
  const lines = good.split(/(?<=\n)/)
  assert.deepEqual(Ledger.verify(good, head), { entries: head.seq, head, fault: null, anchored: true })
  const broken = {
    changed: [good.replace('"actor":"ann"', '"actor":"bob"')],
    not_canonical: [good.replace('{"actor":', '{"actor": ')],
    missing: [lines[1] + lines[0] + lines.slice(2).join('')],
    reordered: [lines[0] + good],
    truncated: [good.slice(0, -1)],
    cut: [lines.slice(0, -1).join(''), head],
    rewritten: [good, { seq: 2, hash: '0'.repeat(64) }],
  }
  for (const [code, args] of Object.entries(broken)) assert.equal(Ledger.verify(...args).fault.code, code)
  assert.throws(() => Ledger.replay(good.slice(1)), { code: 'unreadable' })
  assert.throws(() => new Lifecycle(null, { ledger: good.slice(1) }), { code: 'unreadable' })
})

/** A key that its issuer has and nobody declared, and one the other way round. */
function estate() {
  const inventory = new Inventory()
  for (const [source, plane, name, key] of [['list', 'control_plane', 'ci', 'key-1'], ['git', 'declared', 'old', 'key-2']]) {
    const credential = { id: `aws:1/${name}/access-key`, identity: name, issuer: 'aws:1', external_ids: [key] }
    const observation = { record: { credential }, provenance: { source, observed_at: 0 } }
    const observed = inventory.observe({ source, plane, taken_at: 0, completeness: 'full' }, [observation])
    assert.deepEqual(observed, { replaced: [], stale: [], ambiguities: [] })
  }
  return inventory
}

test('an inventory resolves, tells drift and is saved', () => {
  const inventory = estate()
  inventory.observeActivities([{ time: HOUR, credential: 'aws:1/ci/access-key', asn: 64500 }])
  assert.deepEqual([inventory.resolve('key-1'), inventory.resolve('key-3')], ['aws:1/ci/access-key', null])
  const entry = inventory.credential('key-1')
  assert.ok(entry.record.identity === 'ci' && entry.usage && inventory.credential('key-3') === null)
  assert.deepEqual(inventory.credentials().map((one) => one.record.identity), ['ci', 'old'])
  const now = new Date('2026-01-01T00:00:00Z')
  const [drift, plan] = [inventory.drift(now), inventory.plan(now)]
  assert.deepEqual(drift.map((one) => [one.kind, one.credential]), [
    ['undeclared', 'aws:1/ci/access-key'], ['ghost', 'aws:1/old/access-key']])
  // A step's command is one that the lifecycle takes.
  assert.ok(new Lifecycle().apply(plan[0].command, now).entries.length > 0)
  const again = Inventory.load(inventory.save())
  assert.deepEqual(again.save(), inventory.save())
  assert.deepEqual(again.drift(now), drift)
  assert.deepEqual([inventory.owners(), inventory.sightings(), inventory.ambiguities()], [[], [], []])
  assert.ok(Array.isArray(inventory.identities()))
})

test('a request is answered, recorded and replayed', () => {
  const [pepper, token] = [new Pepper(new Uint8Array(32)), mint('gitlab.personal-access-token', 1)]
  const question = {
    subject: { type: 'token', id: token }, action: { name: 'read' }, resource: { type: 'path', id: '/x' },
  }
  const authorizer = new Authorizer()
  const decided = authorizer.authorize(question, 0, { pepper })
  assert.equal(decided.answer.decision, false)
  assert.equal(decided.answer.context.nhi.outcome, 'deny')
  assert.equal(decided.record.input.request.fingerprint, pepper.fingerprint(token))
  assert.ok(!JSON.stringify(decided).includes(token))
  assert.equal(authorizer.replay(decided.record), 'same')
  assert.equal(authorizer.replay(JSON.parse(JSON.stringify(decided.record))), 'same')
  const observing = new Authorizer({ enforce: false })
  assert.equal(observing.replay(decided.record), 'policy_differs')
  const told = observing.authorize(question, 0).answer
  assert.deepEqual([told.decision, told.context.nhi.would_have], [true, 'deny'])
  const entry = new Ledger().record('unknown', decided.record.id, 'gateway', 0, decided.event)
  assert.equal(entry.seq, 1)
  assert.equal(Ledger.verify(entry.line).fault, null)
})

test('a decision with state and score is replayed from its record', () => {
  const baseline = new Baseline()
  baseline.scoreMany(month(), { closeEpochs: true })
  const score = baseline.peek({ time: 29 * 24 * HOUR, credential: 'ci', asn: 64666 })
  const state = story().state('corp/ci/api_key')
  const question = { subject: { type: 'a', id: 'b' }, action: { name: 'c' }, resource: { type: 'd', id: 'e' } }
  const decided = new Authorizer().authorize(question, new Date(HOUR), { state, score })
  assert.equal(new Authorizer().replay(decided.record), 'same')
})

const keys = () => JSON.stringify({ AccessKeyMetadata: [{
  UserName: 'ci', Status: 'Active', CreateDate: '2020-01-01T00:00:00Z', AccessKeyId: mint('aws.access-key-id-long-lived', 7),
}] })

test('an export is detected and parsed, with its problems', () => {
  assert.equal(detect('keys.json', keys())[0].adapter, 'aws-access-keys')
  assert.deepEqual(detect('notes.txt', Buffer.from('nothing that we know')), [])
  const parsed = parse('keys.json', keys(), 0)
  assert.deepEqual([parsed.adapter, parsed.rows, parsed.problems], ['aws-access-keys', 1, []])
  assert.ok(parsed.items.length > 0)
  const owners = 'kind,id,name,status\nteam,payments,Payments,active\nteam,ghosts,Ghosts,vanished\n'
  const told = parse('owners.csv', owners, new Date(0), { adapter: 'owners' })
  assert.deepEqual([told.items.length, told.problems[0].place.line], [1, 3])
  assert.throws(() => parse('x', 'nothing that we know', 0), { code: 'unreadable' })
  assert.throws(() => parse('x', '', 0, { adapter: 'no-such' }), { code: 'invalid_argument' })
})

test('the whole way in one call', () => {
  const inputs = {
    files: [{ name: 'keys.json', bytes: keys(), completeness: 'full' }], searched: true,
    commands: [{ at: 0, command: { cmd_id: '1', actor: 'a', credential: 'x', type: 'Register' } }],
  }
  const now = '2026-11-01T00:00:00Z'
  const done = assess(inputs, now)
  const { report } = done
  assert.ok(report.counts.credentials >= 1 && JSON.stringify(report.steps).includes('NHI7-a'))
  assert.equal(JSON.parse(done.sarif).version, '2.1.0')
  assert.ok(done.markdown && done.terminal && done.html.startsWith('<!'))
  assert.equal(Ledger.verify(done.ledger, report.checkpoint).fault, null)
  assert.equal(Baseline.load(done.baseline).size, 0)
  assert.deepEqual(assess(inputs, now), done)
  const { ledger, baseline } = done
  const more = assess({ ...inputs, ledger, baseline, checkpoint: report.checkpoint }, now, { policy: { observe: true } })
  assert.ok(more.report.checkpoint.seq >= report.checkpoint.seq)
  assert.throws(() => assess({ file: [] }, now), InvalidInputError)
  assert.throws(() => assess({ ledger: ledger.slice(1) }, now), { code: 'unreadable' })
})
