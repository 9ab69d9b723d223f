// The surface with types: checked by `tsc --strict`, never run.
import {
  AbortError, Authorizer, Baseline, ERROR_CODES, InternalError, Inventory, InvalidInputError, Ledger, Lifecycle, NhiError,
  Pepper, Redactor, RejectedError, Scanner, StateError, Stream, WrongTypeError, assess, assessAsync, detect, inspect, mint,
  parse, parseAsync, version,
} from 'nhi-node'
import type {
  Activity, Applied, Assessment, Authorization, Checkpoint, Detection, Effect, Entry, Epoch, ErrorCode, Fact, Finding,
  Inputs, Inspection, Json, Observed, Parsed, Score, Verification,
} from 'nhi-node'

const { signal } = new AbortController()
const pepper: Pepper = Pepper.parse(new Pepper(new Uint8Array(32)).exposeFile())
const print: string = pepper.fingerprint('x')
const known: boolean = pepper.matches(print, Buffer.from('x')) && pepper.id.length === 8

const scanner = new Scanner({ generic: false, ignoreMarks: true, pepper })
const found: Finding[] = [...scanner.scan(new Uint8Array(), { path: 'a' }), ...scanner.scan('')]
const later: Finding[] = await scanner.scanAsync('', { path: 'a', signal })
const level: 'low' | 'medium' | 'high' | undefined = found[0]?.level
const account: Fact | undefined = found[0]?.attributes['account']
const stream: Stream = scanner.stream({ path: 'a' })
const rest: Finding[] = [...stream.push(Buffer.from('')), ...stream.finish()]
const redactor = new Redactor(scanner)
const text: string = redactor.redact('x')
const raw: Buffer = redactor.redact(new Uint8Array())
const text2: string = await redactor.redactAsync('x', { signal })
const told: Inspection = inspect('x', pepper)
const decoy: string = mint('a.b', 1n, 0)

const activity: Activity = { time: new Date(), credential: 'c', asn: 1, outcome: 'ok' }
const baseline = new Baseline({ budget: 0.1, seed: 1 })
const score: Score = baseline.score(activity, { closeEpochs: true })
const scores: Score[] = [...baseline.scoreMany([activity]), ...await baseline.scoreManyAsync([activity], { signal })]
const looked: Score = baseline.peek(activity)
const epoch: Epoch | false = baseline.closingDue(activity) && baseline.closeEpoch('2026-01-01T00:00:00Z')
baseline.setBudget(1)
const counted: number | null = baseline.alerts('/c')
const both: [notable: number, severe: number] | null = baseline.thresholds('/c')
const closed: boolean = baseline.closeAlert('/c', true)
const merged: Baseline = Baseline.mergeAll([baseline, Baseline.load(baseline.save())])
const size: number = merged.size

const machine = new Lifecycle({ rotation_slack_ms: 1 }, { ledger: '' })
const applied: Applied = machine.apply({ type: 'Tick' }, Date.now())
const ticked: Applied = machine.tick(0)
const state: Json | null = machine.state('c')
const states: Record<string, Json> = machine.states()
const owed: Effect[] = machine.outstanding()
const deadline: string | null = machine.nextDeadline()
const command: Json | null = owed[0] === undefined ? null : Lifecycle.answer(owed[0], 'host', 0, { evidence: '204' })
const ledger: Ledger = machine.ledger
const head: Checkpoint = ledger.head()
const checked: Verification = Ledger.verify(ledger.take() + ledger.lines(), head)
const replayed: Record<string, Json> = Ledger.replay('')

const authorizer = new Authorizer({ enforce: false })
const decided: Authorization = authorizer.authorize({}, 0, { state, score, pepper })
const entry: Entry = new Ledger(head).record('c', '1', 'gateway', 0, decided.event)
const again: string | Json = authorizer.replay(decided.record)

const inventory = new Inventory()
const snapshot = { source: 's', plane: 'declared', taken_at: 0, completeness: 'full' } as const
const observed: Observed = inventory.observe(snapshot, [])
inventory.observeActivities([activity])
const lists: Json[] = [...inventory.credentials(), ...inventory.identities(), ...inventory.owners(),
  ...inventory.sightings(), ...inventory.ambiguities(), ...inventory.drift(0), ...inventory.plan(0)]
const id: string | null = inventory.resolve('x')
const one: Json | null = inventory.credential('x')
const saved: Inventory = Inventory.load(inventory.save())

const detections: Detection[] = detect('a', '')
const parsed: Parsed = parse('a', '', 0, { pepper, adapter: 'owners' })
const parsed2: Parsed = await parseAsync('a', '', 0, { signal })
const inputs: Inputs = { files: [{ name: 'a', bytes: '' }], findings: found, commands: [{ at: 0, command: {} }] }
const done: Assessment = assess(inputs, 0, { policy: {}, pepper })
const done2: Assessment = await assessAsync(inputs, 0, { signal })

try {
  scanner.scan('')
} catch (error) {
  if (error instanceof RejectedError) [error.guard, error.found, error.needs].join()
  else if (error instanceof WrongTypeError || error instanceof InvalidInputError) error.code satisfies ErrorCode
  else if (error instanceof StateError || error instanceof InternalError) error.message.trim()
  else if (error instanceof AbortError) error.done satisfies Score[] | null
  else if (error instanceof NhiError) ERROR_CODES[error.code].name.trim()
}

// @ts-expect-error: a number is no data
scanner.scan(1)
// @ts-expect-error: an activity names its credential
baseline.score({ time: 0 })
// @ts-expect-error: no such option
new Scanner({ ignore_marks: true })
// @ts-expect-error: no such member
done.txt
version.trim()
