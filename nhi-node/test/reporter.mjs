// Says what failed, and counts in the words of Rust's tests, which `cargo xtask test` adds up.
import { relative } from 'node:path'

export default async function* reporter(source) {
  const count = { pass: 0, fail: 0, skip: 0 }
  for await (const { type, data } of source) {
    if (type === 'test:stdout' || type === 'test:stderr') yield data.message
    if (type !== 'test:pass' && type !== 'test:fail') continue
    // A file is told as a test too; only what it holds counts, unless the file itself could not run.
    const isFile = data.details?.type === 'suite' || data.name === data.file
    if (type === 'test:pass' && isFile) continue
    if (data.skip !== undefined || data.todo !== undefined) count.skip += 1
    else if (type === 'test:pass') count.pass += 1
    else {
      const error = data.details?.error
      count.fail += 1
      yield `FAILED ${relative('.', data.file ?? '')}: ${data.name}\n${(error?.cause ?? error)?.stack ?? error}\n`
    }
  }
  const { pass, fail, skip } = count
  yield `test result: ${fail === 0 ? 'ok' : 'FAILED'}. ${pass} passed; ${fail} failed; ${skip} ignored\n`
}
