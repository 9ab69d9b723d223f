// Builds the engine and its generated files: `node build.mjs [--release]`. `native.js` loads the engine, `index.d.ts`
// is the reference; both are committed, and `cargo xtask node` shows that they are current.
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const napi = join(here, 'node_modules/@napi-rs/cli/dist/cli.js')
const build = [napi, 'build', '--platform', '--js', 'native.js', '--dts', 'index.d.ts', ...process.argv.slice(2)]
const { status } = spawnSync(process.execPath, build, { cwd: here, stdio: 'inherit' })
if (status !== 0) process.exit(1)

// The loader tells which file it loaded; `index.js` does not pass that on.
const types = join(here, 'index.d.ts')
const text = readFileSync(types, 'utf8')
const own = text.replace(/\n*\/\*\*(?:(?!\*\/)[^])*\*\/\nexport declare const __napiBindingTarget: [^\n]*\n+/, '\n\n')
if (own === text || own.includes('__napi')) throw new Error('index.d.ts is not what it was: look at build.mjs')
writeFileSync(types, own)
