// examples/guard/guard.mjs, as a user runs it and as the README shows it; the conformance vectors.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const guard = join(root, 'examples/guard/guard.mjs')
const readme = readFileSync(join(root, 'README.md'), 'utf8').split('\n## Node\n')[1].split('\n## ')[0]
const block = (kind) => readme.split(`\`\`\`${kind}\n`)[1].split('```')[0]

function run(args, cwd = root) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8', maxBuffer: 1 << 26 })
  assert.equal(stderr, '')
  assert.equal(status, 0)
  return stdout
}

/** The microseconds alone differ from run to run. */
const withoutTimes = (text) => text.replaceAll(/ +[\d.]+ us /g, ' ')

test('guard lets the usual pass and nothing else', () => {
  const told = run([guard])
  const outcomes = [...told.matchAll(/^ {2}decision +[\d.]+ us {2}(\w+)/gm)].map(([, outcome]) => outcome)
  assert.deepEqual(outcomes, ['allow', 'step_up', 'deny', 'deny', 'deny'])
  assert.match(told, /chain verified\n$/)
  assert.doesNotMatch(told, /glpat-[\w-]{6}/)
})

test('guard is as long as in Rust, and the README shows what it prints', () => {
  const body = readFileSync(guard, 'utf8').split('  guard(request, asn, now) {\n')[1].split('\n  }\n')[0]
  const lines = body.split('\n').length
  assert.ok(lines >= 25 && lines <= 34, `guard has ${lines} lines`)
  const shown = withoutTimes(block('text'))
  assert.ok(shown.split('\n').length >= 7)
  assert.ok(withoutTimes(run([guard])).includes(shown.trim()), shown)
})

test('the snippet of the README runs', () => {
  const told = run(['--input-type=module', '-e', block('js')], join(root, 'nhi-node'))
  assert.equal(told, 'github.personal-access-token-classic 3 43\n')
})

test('the conformance vectors give what they give in Rust, and saved state can be loaded', () => {
  const driver = join(root, 'nhi-node/test/conformance.mjs')
  const expected = readFileSync(join(root, 'nhi-core/vectors/expected.txt'), 'utf8').split('\n')
  const folder = mkdtempSync(join(tmpdir(), 'nhi-node-'))
  try {
    for (const option of ['--save', '--load']) {
      const told = run([driver, option, folder]).split('\n')
      assert.ok(told.length > 1000, `only ${told.length} cases`)
      told.forEach((line, at) => assert.equal(line, expected[at]))
      assert.equal(told.length, expected.length)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})
