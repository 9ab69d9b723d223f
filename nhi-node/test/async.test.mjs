// The forms off the event loop: the same results, the loop stays free, and a signal is honoured at any time.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'

import { AbortError, Baseline, Redactor, Scanner, assess, assessAsync, mint, parse, parseAsync } from 'nhi-node'

const HOUR = 3_600_000
const TOKEN = mint('github.personal-access-token-classic', 7)
const activities = (count) => Array.from({ length: count }, (_, at) => ({ time: at * 1000, credential: `c${at % 50}` }))
const big = Buffer.from(`GH=${TOKEN}\n${'log line with ordinary words and a number 12345\n'.repeat(200_000)}`)
const scanner = new Scanner()

const forms = {
  scan: [(signal) => scanner.scanAsync(big, { path: 'a.log', signal }), () => scanner.scan(big, { path: 'a.log' })],
  'scan of a text': [(signal) => scanner.scanAsync(`é${TOKEN}`, { signal }), () => scanner.scan(`é${TOKEN}`)],
  redact: [(signal) => new Redactor(scanner).redactAsync(`é ${TOKEN}`, { signal }), () => new Redactor(scanner).redact(`é ${TOKEN}`)],
  'redact of bytes': [(signal) => new Redactor(scanner).redactAsync(big, { signal }), () => new Redactor(scanner).redact(big)],
  scoreMany: [
    (signal) => new Baseline().scoreManyAsync(activities(3000), { closeEpochs: true, signal }),
    () => new Baseline().scoreMany(activities(3000), { closeEpochs: true }),
  ],
  parse: [(signal) => parseAsync('o.csv', 'kind,id,name,status\n', 0, { signal }), () => parse('o.csv', 'kind,id,name,status\n', 0)],
  assess: [(signal) => assessAsync({ searched: true }, 0, { signal }), () => assess({ searched: true }, 0)],
}

for (const [name, [start, plain]] of Object.entries(forms)) {
  test(`${name}: the same as on the loop`, async () => {
    const expected = plain()
    for (const signal of [undefined, null, new AbortController().signal]) assert.deepEqual(await start(signal), expected)
  })

  test(`${name}: an aborted signal rejects before anything is done`, async () => {
    const reason = new Error('enough')
    await assert.rejects(start(AbortSignal.abort(reason)), (error) => {
      assert.ok(error instanceof AbortError)
      assert.deepEqual([error.name, error.code, error.cause], ['AbortError', 'ABORT_ERR', reason])
      return true
    })
  })

  test(`${name}: what is no signal is refused`, async () => {
    for (const bad of [1, 'x', {}, { aborted: true }]) {
      await assert.rejects(start(bad), { code: 'invalid_argument', name: 'WrongTypeError' })
    }
  })
}

test('the event loop goes on during a long scan', async () => {
  let ticks = 0
  const timer = setInterval(() => { ticks += 1 }, 1)
  const long = Buffer.concat([big, big, big])
  await scanner.scanAsync(long)
  clearInterval(timer)
  assert.ok(ticks >= 3, `${ticks} ticks`)
})

test('a scan is given up between two pieces', async () => {
  const long = Buffer.concat([big, big, big, big])
  const whole = performance.now()
  await scanner.scanAsync(long)
  const took = performance.now() - whole
  const controller = new AbortController()
  const start = performance.now()
  const scan = scanner.scanAsync(long, { signal: controller.signal })
  setTimeout(() => controller.abort(), took / 20)
  await assert.rejects(scan, { name: 'AbortError' })
  assert.ok(performance.now() - start < took * 0.75, 'it went on to the end')
})

test('scores that were learned before an abort are told, and no more were learned', async () => {
  const batch = Array.from({ length: 150_000 }, (_, at) => ({ time: at * 60_000, credential: `c${at % 50}`, asn: at % 7 }))
  const [baseline, controller] = [new Baseline(), new AbortController()]
  const scoring = baseline.scoreManyAsync(batch, { signal: controller.signal })
  setTimeout(() => controller.abort(), 5)
  const error = await scoring.then(() => null, (thrown) => thrown)
  assert.ok(error instanceof AbortError, 'it ended before the abort')
  assert.ok(error.done.length < batch.length)
  const alone = new Baseline()
  assert.deepEqual(alone.scoreMany(batch.slice(0, error.done.length)), error.done)
  assert.deepEqual(alone.save(), baseline.save())
})

test('an abort after the end changes nothing, and no listener is left', async () => {
  const controller = new AbortController()
  let listening = 0
  const { signal } = controller
  const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)]
  signal.addEventListener = (...args) => { listening += 1; add(...args) }
  signal.removeEventListener = (...args) => { listening -= 1; remove(...args) }
  const found = await scanner.scanAsync(TOKEN, { signal })
  controller.abort()
  assert.deepEqual([found.length, listening], [1, 0])
})

test('data that changes after the call is read as it was', async () => {
  const data = Buffer.from(`GH=${TOKEN}`)
  const expected = scanner.scan(data)
  const scan = scanner.scanAsync(data)
  data.fill(0)
  assert.deepEqual(await scan, expected)
  const moved = new Uint8Array(Buffer.from(`GH=${TOKEN}`))
  const other = scanner.scanAsync(moved)
  structuredClone(moved.buffer, { transfer: [moved.buffer] })
  assert.deepEqual(await other, expected)
  const activity = { time: HOUR, credential: 'a' }
  const scoring = new Baseline().scoreManyAsync([activity])
  activity.credential = 'b'
  assert.equal((await scoring)[0].subject, '/a')
})

test('bad arguments reject, and are not thrown', async () => {
  for (const promise of [scanner.scanAsync(1), scanner.scanAsync('\ud800'), scanner.scanAsync('', 3),
    scanner.scanAsync('', { pathh: '' }), new Baseline().scoreManyAsync({}), assessAsync(null, 0), parseAsync()]) {
    await assert.rejects(promise, { code: 'invalid_argument' })
  }
})

test('engines work in worker threads, which may end at any time', async () => {
  const module = new URL('../index.js', import.meta.url).href
  const source = `
    import { parentPort } from 'node:worker_threads'
    import { Baseline, Scanner, mint } from '${module}'
    const found = new Scanner().scan(mint('github.personal-access-token-classic', 7))
    let code
    try { new Baseline().score(1) } catch (error) { code = error.code }
    const pending = Array.from({ length: 20 }, () => new Scanner().scanAsync(Buffer.alloc(1 << 20)))
    parentPort.postMessage([found.length, code])
    await pending[0]
    process.exit(0)`
  const url = new URL(`data:text/javascript,${encodeURIComponent(source)}`)
  const told = await Promise.all(Array.from({ length: 4 }, () => new Promise((resolve, reject) => {
    let message
    const worker = new Worker(url)
    worker.on('message', (value) => { message = value })
    worker.on('error', reject)
    worker.on('exit', (code) => resolve([code, ...message]))
  })))
  assert.deepEqual(told, Array(4).fill([0, 1, 'invalid_argument']))
})
