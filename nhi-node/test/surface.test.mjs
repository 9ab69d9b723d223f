// What the table of the surface names is there, and nothing else is.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import * as module from 'nhi-node'
import nhi from 'nhi-node'

const read = (path) => readFileSync(new URL(path, import.meta.url), 'utf8')
const rows = read('../../nhi-core/vectors/surface.tsv').split('\n').filter((line) => line && !line.startsWith('#'))
const named = new Set(rows.flatMap((row) => row.split('\t')[3].split(' ')).filter((name) => name !== '-'))
// Classes of exceptions are the language's own.
const ours = Object.keys(nhi).filter((name) => !name.endsWith('Error'))
const isClass = (value) => typeof value === 'function' && Object.keys(value.prototype ?? {}).length >= 0
  && /^[A-Z]/.test(value.name)

test('the table has the rows that it had', () => {
  assert.ok(rows.length >= 75, `only ${rows.length} rows`)
  assert.ok(named.size >= 70, `only ${named.size} names`)
  assert.ok(rows.every((row) => row.split('\t').length === 5))
})

test('what the table names exists', () => {
  const assessment = nhi.assess({}, 0)
  for (const name of named) {
    const [owner, member] = name.split('.')
    if (owner === 'Assessment') assert.ok(member in assessment, name)
    else if (member === undefined) assert.ok(owner in nhi, name)
    else assert.ok(member in nhi[owner] || member in nhi[owner].prototype, name)
  }
})

test('what exists is named by the table', () => {
  const found = ours.flatMap((name) => {
    if (!isClass(nhi[name])) return [name]
    const members = [...Object.getOwnPropertyNames(nhi[name].prototype), ...Object.getOwnPropertyNames(nhi[name])]
    const plain = new Set(['constructor', 'length', 'name', 'prototype', 'arguments', 'caller'])
    return [name, ...members.filter((member) => !plain.has(member)).map((member) => `${name}.${member}`)]
  })
  found.push(...Object.keys(nhi.assess({}, 0)).map((name) => `Assessment.${name}`))
  assert.ok(found.length >= 70, `only ${found.length} found`)
  // A stream is made by its scanner, so the table has its methods only.
  assert.deepEqual(found.filter((name) => !named.has(name)), ['Stream'])
})

test('both kinds of import give the same', () => {
  const names = Object.keys(module).filter((name) => name !== 'default' && name !== 'module.exports')
  assert.deepEqual(names.sort(), Object.keys(nhi).sort())
})

test('codes are those of the core, and each has a class', () => {
  const page = read('../../docs/error-codes.md')
  const core = Object.keys(nhi.ERROR_CODES).filter((code) => code !== 'internal' && code !== 'rejected')
  assert.ok(core.length >= 9 && core.every((code) => page.includes(`\`${code}\``)))
  const [ofCore] = page.split('The bindings have')
  assert.equal([...ofCore.matchAll(/^\| `/gm)].length, core.length)
  assert.match(nhi.version, /^\d+\.\d+\.\d+$/)
})
