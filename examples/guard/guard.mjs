// The embedder's main job: a request comes in; which credential, in what state, how unusual, may it pass?
//
// `Gate.guard` is what to copy; it mirrors `../guard.rs`. The rest sets the scene with minted tokens and thirty days of
// ordinary calls. Nothing is read or written; only the microseconds differ from run to run.
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'

// In a program of yours: from 'nhi-node'.
import nhi from '../../nhi-node/index.js'

const NOW = Date.parse('2026-11-02T10:15:00Z')
const [HOUR, DAY] = [3_600_000, 86_400_000]

/** What a gateway holds. */
export class Gate {
  constructor(keys) {
    // A host draws its pepper at random, once, and keeps it.
    this.pepper = new nhi.Pepper(new Uint8Array(32).fill(42))
    // Requests come from others: marks in them that ask not to be looked at count for nothing.
    this.scanner = new nhi.Scanner({ generic: false, ignoreMarks: false, pepper: this.pepper })
    this.redactor = new nhi.Redactor(this.scanner)
    this.inventory = new nhi.Inventory()
    this.lifecycle = new nhi.Lifecycle()
    this.baseline = new nhi.Baseline()
    this.authorizer = new nhi.Authorizer()
    setUp(this, keys)
  }

  /** Decides on one request: its bytes, the network it came from, and the time. */
  guard(request, asn, now) {
    const watch = new Stopwatch()
    // Which credential? The scanner finds the token, its fingerprint finds the record.
    const found = this.scanner.scan(request).find((finding) => finding.fingerprint)
    const who = found ? this.inventory.resolve(found.fingerprint) : null
    watch.lap('credential', found ? `${found.rule} ${found.preview} -> ${who}` : 'none -> not known')
    // In what state?
    const state = who ? this.lifecycle.state(who) : null
    watch.lap('state', state ? state.versions.at(-1).state.state.toLowerCase() : '-')
    // How unusual? A look only: what is refused must not be learned.
    const [method, path] = request.toString().split(' ')
    const activity = { time: now, credential: who ?? '', action: `api:${method}`, destination: path, asn }
    const score = who ? this.baseline.peek(activity) : null
    watch.lap('score', score ? `${score.score.toFixed(1)} ${score.band}, trust ${score.trust}` : '-')
    // May it pass?
    const subject = { type: 'workload', id: 'unknown', properties: { fingerprint: found?.fingerprint ?? null } }
    const context = { purpose: header(request, 'x-purpose') }
    const question = { subject, action: { name: activity.action }, resource: { type: 'path', id: path }, context }
    const { answer, event } = this.authorizer.authorize(question, now, { state, score })
    const told = answer.context.nhi
    watch.lap('decision', `${told.outcome} ${told.reasons.map((reason) => reason.text).join('; ')}`)
    if (answer.decision) this.baseline.score(activity)
    // What is logged, and what is proved later.
    watch.lap('log', this.redactor.redact(request).toString().trim().replaceAll('\r\n', ' | '))
    const entry = this.lifecycle.ledger.record(who ?? 'unknown', told.id, 'gateway', now, event)
    watch.lap('ledger', `entry ${entry.seq} ${entry.hash.slice(0, 16)}`)
    return answer
  }
}

/** An inventory and a lifecycle that know two keys, one of them revoked, and thirty days of ordinary calls. */
function setUp(gate, keys) {
  const observations = []
  for (const [name, token] of Object.entries(keys)) {
    const who = { actor: 'setup', credential: `gitlab:corp/${name}/personal_token` }
    const fingerprint = gate.pepper.fingerprint(token)
    gate.lifecycle.apply({
      ...who, cmd_id: `register-${name}`, type: 'Register', kind: 'personal_token', purpose: 'release',
      owners: [{ kind: 'team', id: 'platform' }], versions: [{ fingerprint }],
    }, NOW - 31 * DAY)
    if (name === 'old-bot') {
      const order = { ...who, actor: 'ann', cmd_id: 'revoke', type: 'Revoke', cause: 'cessation' }
      gate.lifecycle.apply(order, NOW - 31 * DAY)
    }
    const record = { id: who.credential, identity: name, issuer: 'gitlab:corp', fingerprint }
    observations.push({ record: { credential: record }, provenance: { source: 'gitlab', observed_at: NOW } })
  }
  const snapshot = { source: 'gitlab', plane: 'control_plane', taken_at: NOW, completeness: 'full' }
  gate.inventory.observe(snapshot, observations)
  const calls = []
  for (let hour = 30 * 24; hour > 0; hour -= 1) {
    const ofDay = (34 - (hour % 24)) % 24
    if (ofDay < 8 || ofDay >= 18) continue
    calls.push({
      time: NOW - hour * HOUR + (hour % 7) * 40_000, id: String(hour), asn: 64500,
      credential: 'gitlab:corp/release-bot/personal_token', action: 'api:GET', destination: '/api/v4/projects/7/releases',
    })
  }
  gate.baseline.scoreMany(calls, { closeEpochs: true })
  gate.baseline.closeEpoch(NOW)
}

/** The value of a header. */
function header(request, name) {
  const fields = request.toString().split('\r\n').map((line) => line.split(': '))
  return fields.find(([field]) => field.toLowerCase() === name)?.[1] ?? null
}

/** Prints each stage with the microseconds since the one before; printing is not counted. */
class Stopwatch {
  since = performance.now()

  lap(stage, text) {
    const micros = ((performance.now() - this.since) * 1000).toFixed(1)
    console.log(`  ${stage.padEnd(10)} ${micros.padStart(6)} us  ${text}`)
    this.since = performance.now()
  }
}

export function main() {
  const [live, revoked] = [7, 8].map((seed) => nhi.mint('gitlab.personal-access-token', seed))
  const gate = new Gate({ 'release-bot': live, 'old-bot': revoked })
  const usual = 'GET /api/v4/projects/7/releases'
  const requests = [
    ['the usual call', live, usual, 'release', 64500],
    ['another purpose', live, usual, 'reporting', 64500],
    ['stolen: a new network, another verb and place', live, 'DELETE /api/v4/users', 'release', 64666],
    ['a key used after its revocation', revoked, usual, 'release', 64500],
    ['no key at all', null, usual, 'release', 64500],
  ]
  const answers = requests.map(([what, token, line, purpose, asn]) => {
    console.log(`\n${what}`)
    const auth = token ? `Authorization: Bearer ${token}\r\n` : ''
    const request = `${line} HTTP/1.1\r\nHost: git.corp.example\r\nX-Purpose: ${purpose}\r\n${auth}\r\n`
    return gate.guard(Buffer.from(request), asn, NOW)
  })
  const { ledger } = gate.lifecycle
  const checked = nhi.Ledger.verify(ledger.lines(), ledger.head())
  console.log(`\nledger: ${checked.entries} entries, ${checked.fault ? 'BROKEN' : 'chain verified'}`)
  return answers
}

if (argv[1] === fileURLToPath(import.meta.url)) main()
