// Memory stays stable over many calls. `NHI_CALLS=1000000` is the long form, of `cargo xtask deep`.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import v8 from 'node:v8'
import vm from 'node:vm'

import { Authorizer, Baseline, NhiError, Scanner, mint } from 'nhi-node'

v8.setFlagsFromString('--expose-gc')
const collect = vm.runInNewContext('gc')
const calls = Number(process.env.NHI_CALLS ?? 60_000)

test(`resident memory stays stable over ${calls} calls`, async () => {
  const [scanner, baseline, authorizer] = [new Scanner(), new Baseline(), new Authorizer()]
  const text = `GH=${mint('github.personal-access-token-classic', 7)}`
  const data = Buffer.from(text)
  const question = { subject: { type: 'a', id: 'b' }, action: { name: 'c' }, resource: { type: 'd', id: 'e' } }
  async function each(times) {
    for (let n = 0; n < times; n += 1) {
      scanner.scan(data)
      scanner.scan(text)
      baseline.score({ time: 0, credential: 'c' })
      authorizer.authorize(question, 0)
      for (const bad of [null, '\ud800']) {
        try {
          scanner.scan(bad)
        } catch (error) {
          if (!(error instanceof NhiError)) throw error
        }
      }
      if (n % 100 === 0) {
        new Scanner().stream().push(data)
        await scanner.scanAsync(data)
        collect()
      }
    }
    for (let n = 0; n < 3; n += 1) {
      collect()
      await new Promise((resolve) => setImmediate(resolve))
    }
    return process.memoryUsage()
  }
  const warm = Math.max(2000, calls / 60)
  const before = await each(warm)
  const after = await each(calls / 6)
  const grown = { rss: after.rss - before.rss, heap: after.heapUsed - before.heapUsed }
  assert.ok(grown.heap < 2 << 20, `the heap grew by ${grown.heap} bytes`)
  assert.ok(grown.rss < 24 << 20, `resident memory grew by ${grown.rss} bytes`)
})
