// What a call costs beside the same call in Rust: the best of many runs, as `nhi-ffi/examples/border.rs` measures it.
// `cargo xtask bench node` builds both and runs this.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { Authorizer, Baseline, Redactor, Scanner, mint } from '../index.js'

/** Nanoseconds of one call of each, the fastest of 400 runs of 100; they take turns. */
function best(calls) {
  const best = calls.map(() => Infinity)
  for (let run = 0; run < 400; run += 1) {
    for (const [at, call] of calls.entries()) {
      const start = process.hrtime.bigint()
      for (let n = 0; n < 100; n += 1) call()
      best[at] = Math.min(best[at], Number(process.hrtime.bigint() - start) / 100)
    }
  }
  return best
}

// The lines of border.rs.
const clean = '2026-11-02T10:15:00Z INFO request served in 12 ms by worker 7; '.repeat(17).slice(0, 1024)
const token = mint('gitlab.personal-access-token', 7)
const found = `${clean.slice(0, 499)} ${token} ${clean.slice(501 + token.length)}`
const scanner = new Scanner()

const border = fileURLToPath(new URL('../../target/release/examples/border', import.meta.url))
const told = spawnSync(border, { encoding: 'utf8' }).stdout ?? ''
const rust = [...told.matchAll(/^.*?: Rust (\d+) ns/gm)].map(([, ns]) => Number(ns))
if (rust.length !== 2) throw new Error(`${border} did not tell what Rust takes:\n${told}`)

for (const [at, [what, line]] of [['a clean 1 KB line', clean], ['1 KB with a finding', found]].entries()) {
  const bytes = Buffer.from(line)
  if (scanner.scan(bytes).length !== at) throw new Error(`${what}: not what it should be`)
  const [ofBytes, ofText] = best([() => scanner.scan(bytes), () => scanner.scan(line)])
  const over = (ns) => `${ns.toFixed(0)} ns, the border ${(ns - rust[at]).toFixed(0)} ns`
  console.log(`${what}: Rust ${rust[at]} ns; Node, a Buffer ${over(ofBytes)}; a string ${over(ofText)}`)
}

const [redactor, baseline, authorizer] = [new Redactor(scanner), new Baseline(), new Authorizer()]
const question = { subject: { type: 'a', id: 'b' }, action: { name: 'c' }, resource: { type: 'd', id: 'e' } }
const activity = { time: 0, credential: 'c', action: 'api:GET', destination: '/x', asn: 64500 }
const [redact, score, authorize] = best([
  () => redactor.redact(clean), () => baseline.score(activity), () => authorizer.authorize(question, 0),
])
console.log(`whole calls: redact ${redact.toFixed(0)} ns, score ${score.toFixed(0)} ns, authorize ${authorize.toFixed(0)} ns`)
