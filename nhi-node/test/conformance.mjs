// The conformance driver in Node: prints what nhi-core/vectors/README.md asks for.
// `node conformance.mjs [--save DIR] [--load DIR] [CASES]`
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import {
  Authorizer, Baseline, Inventory, Ledger, Lifecycle, NhiError, Pepper, Redactor, RejectedError, Scanner, assess, detect,
  inspect, mint, parse, version,
} from 'nhi-node'

const given = process.argv.slice(2)
const option = (name) => (given.includes(name) ? given.splice(given.indexOf(name), 2)[1] : undefined)
const [save, load] = [option('--save'), option('--load')]
const cases = readFileSync(given[0] ?? new URL('../../nhi-core/vectors/cases.tsv', import.meta.url), 'utf8')

/** A result that is printed as hex, an object that is kept, and both. */
class Bytes { constructor(bytes) { this.bytes = Buffer.from(bytes) } }
class Made { constructor(object, value = null) { Object.assign(this, { object, value }) } }
class BadJson extends Error { code = 'invalid_json' }

const registers = new Map()
const object = (name) => registers.get(name) ?? (() => { throw new Error(`no register ${name}`) })()
const maybe = (name) => (name ? object(name) : null)
const saved = ['inventory.save', 'baseline.save', 'lifecycle.ledger', 'ledger.lines']

/** What a placeholder stands for; null if it is none. */
function fill(inside) {
  const [word, one, two, three] = inside.split(':')
  if (inside === 'lf') return Buffer.from('\n')
  if (word === 'hex' && two === undefined) return Buffer.from(one, 'hex')
  if (word === 'mint') return Buffer.from(mint(one, BigInt(two), Number(three ?? 0)))
  if (word === 'repeat') return Buffer.from(inside.split(':').slice(2).join(':').repeat(Number(one)))
  if (word === 'keep') return object(one).subarray(Number(two ?? 0), three ? Number(three) : undefined)
  return null
}

function data(cell = '') {
  const out = []
  let rest = cell
  for (let at = rest.indexOf('{'); at >= 0; at = rest.indexOf('{')) {
    out.push(Buffer.from(rest.slice(0, at)))
    const end = rest.indexOf('}', at)
    const filled = end < 0 ? null : fill(rest.slice(at + 1, end))
    out.push(filled ?? Buffer.from('{'))
    rest = rest.slice(filled === null ? at + 1 : end + 1)
  }
  return Buffer.concat([...out, Buffer.from(rest)])
}

const text = (cell) => data(cell).toString()
function json(cell) {
  try {
    return JSON.parse(text(cell))
  } catch {
    throw new BadJson()
  }
}
const optional = (read, cell) => (cell ? read(cell) : null)

/** JSON with its numbers in the printed form. */
function printed(value) {
  if (Array.isArray(value)) return `[${value.map(printed).join()}]`
  if (value !== null && typeof value === 'object') {
    return `{${Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}:${printed(member)}`).join()}}`
  }
  if (typeof value !== 'number') return JSON.stringify(value)
  if (Number.isInteger(value) && Math.abs(value) <= 2 ** 53) return String(value === 0 ? 0 : value)
  const bits = Buffer.alloc(8)
  bits.writeDoubleBE(value)
  return `0x${bits.toString('hex')}`
}

function shortened(value, always) {
  const bytes = Buffer.from(value)
  if (bytes.length <= 2000 && !always) return value
  let hash = 0xcbf29ce484222325n
  for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn
  return `long:${bytes.length}:${hash.toString(16).padStart(16, '0')}`
}

const applied = (machine, { already, seqs }) => ({ already, seqs, head: machine.ledger.head() })
const lists = ['credentials', 'identities', 'owners', 'sightings', 'ambiguities']
const recorded = (ledger, [credential, decision, actor, at]) => {
  const { record, event } = object(decision)
  ledger.record(text(credential), record.id, text(actor), at, event)
  return ledger.head()
}

const OPERATIONS = {
  version: () => version,
  'pepper.new': ([key]) => new Made(new Pepper(data(key))),
  'pepper.parse': ([file]) => new Made(Pepper.parse(text(file))),
  'pepper.expose_file': ([pepper]) => new Bytes(object(pepper).exposeFile()),
  'pepper.id': ([pepper]) => object(pepper).id,
  'pepper.fingerprint': ([pepper, bytes]) => object(pepper).fingerprint(data(bytes)),
  'pepper.matches': ([pepper, print, bytes]) => object(pepper).matches(text(print), data(bytes)),
  'scanner.new': ([off = '', pepper]) => {
    const [generic, ignoreMarks] = ['generic', 'ignore_marks'].map((word) => !off.split(' ').includes(word))
    return new Made(new Scanner({ generic, ignoreMarks, pepper: maybe(pepper) }))
  },
  'scanner.scan': ([scanner, bytes]) => object(scanner).scan(data(bytes)),
  'scanner.scan_file': ([scanner, path, bytes]) => object(scanner).scan(data(bytes), { path: text(path) }),
  'scanner.stream': ([scanner, path]) => new Made(object(scanner).stream({ path: optional(text, path) })),
  'stream.push': ([stream, bytes]) => object(stream).push(data(bytes)),
  'stream.finish': ([stream]) => object(stream).finish(),
  'redactor.new': ([scanner]) => new Made(new Redactor(object(scanner))),
  'redactor.redact': ([redactor, bytes]) => new Bytes(object(redactor).redact(data(bytes))),
  inspect: ([bytes, pepper]) => inspect(data(bytes), maybe(pepper)),
  mint: ([rule, seed]) => new Bytes(mint(text(rule), BigInt(seed))),
  mint_shape: ([rule, shape, seed]) => new Bytes(mint(text(rule), BigInt(seed), Number(shape))),
  detect: ([name, bytes]) => detect(text(name), data(bytes)),
  parse: ([name, bytes, at, adapter, pepper]) => (
    parse(text(name), data(bytes), at, { adapter: adapter || null, pepper: maybe(pepper) })),
  'inventory.new': () => new Made(new Inventory()),
  'inventory.observe': ([inventory, snapshot, items]) => object(inventory).observe(json(snapshot), json(items)),
  'inventory.observe_activities': ([inventory, items]) => object(inventory).observeActivities(json(items)) ?? null,
  ...Object.fromEntries(lists.map((name) => [`inventory.${name}`, ([inventory]) => object(inventory)[name]()])),
  'inventory.resolve': ([inventory, key]) => object(inventory).resolve(text(key)),
  'inventory.credential': ([inventory, key]) => object(inventory).credential(text(key)),
  'inventory.drift': ([inventory, now]) => object(inventory).drift(now),
  'inventory.plan': ([inventory, now]) => object(inventory).plan(now),
  'inventory.save': ([inventory]) => new Bytes(object(inventory).save()),
  'inventory.load': ([state]) => new Made(Inventory.load(data(state))),
  'baseline.new': ([budget, seed]) => (
    new Made(new Baseline({ budget: optional(Number, budget), seed: optional(BigInt, seed) }))),
  'baseline.score': ([baseline, activity]) => object(baseline).score(json(activity)),
  'baseline.peek': ([baseline, activity]) => object(baseline).peek(json(activity)),
  'baseline.closing_due': ([baseline, activity]) => object(baseline).closingDue(json(activity)),
  'baseline.close_epoch': ([baseline, at]) => object(baseline).closeEpoch(at) && null,
  'baseline.set_budget': ([baseline, budget]) => object(baseline).setBudget(Number(budget)) ?? null,
  'baseline.close_alert': ([baseline, subject, accept]) => object(baseline).closeAlert(text(subject), accept === 'true'),
  'baseline.alerts': ([baseline, subject]) => object(baseline).alerts(text(subject)),
  'baseline.thresholds': ([baseline, subject]) => object(baseline).thresholds(text(subject)),
  'baseline.len': ([baseline]) => object(baseline).size,
  'baseline.save': ([baseline]) => new Bytes(object(baseline).save()),
  'baseline.load': ([state]) => new Made(Baseline.load(data(state))),
  'baseline.merge_all': (names) => new Made(Baseline.mergeAll(names.map(object))),
  'lifecycle.new': ([policy]) => new Made(new Lifecycle(optional(json, policy))),
  'lifecycle.resume': ([policy, ledger]) => new Made(new Lifecycle(optional(json, policy), { ledger: data(ledger) })),
  'lifecycle.apply': ([machine, command, now]) => applied(object(machine), object(machine).apply(json(command), now)),
  'lifecycle.tick': ([machine, now]) => applied(object(machine), object(machine).tick(now)),
  'lifecycle.state': ([machine, credential]) => object(machine).state(text(credential)),
  'lifecycle.states': ([machine]) => object(machine).states(),
  'lifecycle.outstanding': ([machine]) => object(machine).outstanding(),
  'lifecycle.answer': ([effect, actor, at, ...outcome]) => {
    const [error, evidence, externalId, fingerprint] = outcome.map((cell) => optional(text, cell))
    return Lifecycle.answer(json(effect), text(actor), at, { error, evidence, externalId, fingerprint })
  },
  'lifecycle.next_deadline': ([machine]) => object(machine).nextDeadline(),
  'lifecycle.ledger': ([machine]) => new Bytes(object(machine).ledger.lines()),
  'lifecycle.record': ([machine, ...rest]) => recorded(object(machine).ledger, rest),
  'ledger.new': () => new Made(new Ledger()),
  'ledger.after': ([head]) => new Made(new Ledger(json(head))),
  'ledger.head': ([ledger]) => object(ledger).head(),
  'ledger.lines': ([ledger]) => new Bytes(object(ledger).lines()),
  'ledger.take': ([ledger]) => new Bytes(object(ledger).take()),
  'ledger.record': ([ledger, ...rest]) => recorded(object(ledger), rest),
  'ledger.verify': ([ledger, checkpoint]) => Ledger.verify(data(ledger), optional(json, checkpoint)),
  'ledger.replay': ([ledger]) => Ledger.replay(data(ledger)),
  'authorizer.new': ([policy]) => new Made(new Authorizer(optional(json, policy))),
  'authorizer.authorize': ([authorizer, request, now, machine, credential, score, pepper]) => {
    const state = machine ? object(machine).state(text(credential)) : null
    const learned = score ? json(`{keep:${score}}`) : null
    const options = { state, score: learned, pepper: maybe(pepper) }
    const decided = object(authorizer).authorize(json(request), now, options)
    return new Made(decided, [decided.answer, decided.record])
  },
  'authorizer.replay': ([authorizer, decision]) => object(authorizer).replay(object(decision).record),
  assess: ([now, policy, pepper, ...inputs]) => {
    const all = { files: [] }
    for (const input of inputs) {
      const [, name, value] = input.match(/^([^=]*)=([^]*)$/)
      const [file, completeness, path] = name.split(':')
      if (file === 'file') all.files.push({ name: path, completeness, bytes: data(value) })
      else all[name] = name === 'ledger' || name === 'baseline' ? data(value) : json(value)
    }
    return new Made(assess(all, now, { policy: optional(json, policy), pepper: maybe(pepper) }))
  },
  'report.json': ([report]) => object(report).report,
  ...Object.fromEntries(['markdown', 'sarif', 'terminal', 'html', 'ledger', 'baseline'].map((name) => (
    [`report.${name}`, ([report]) => new Bytes(object(report)[name])]))),
}

/** What is printed of a result, which goes to its register. */
function keep(operation, register, result) {
  if (result instanceof Made) {
    if (register) registers.set(register, result.object)
    return printed(result.value)
  }
  let bytes = result instanceof Bytes ? result.bytes : Buffer.from(JSON.stringify(result))
  const value = result instanceof Bytes ? bytes.toString('hex') : printed(result)
  if (register && saved.includes(operation)) {
    if (save) writeFileSync(join(save, register), bytes)
    if (load) bytes = readFileSync(join(load, register))
  }
  if (register) registers.set(register, bytes)
  return value
}

let out = ''
for (const line of cases.split('\n')) {
  if (line === '' || line.startsWith('#')) continue
  const [id, operation, register, ...args] = line.split('\t')
  try {
    const value = keep(operation, register, OPERATIONS[operation](args))
    out += `${id}\tok\t${shortened(value, id.endsWith('~'))}\n`
  } catch (error) {
    if (!(error instanceof NhiError || error instanceof BadJson)) throw new Error(`case ${id}`, { cause: error })
    out += error instanceof RejectedError ? `${id}\trejected\t${error.guard}\n` : `${id}\terr\t${error.code}\n`
  }
}
process.stdout.write(out)
