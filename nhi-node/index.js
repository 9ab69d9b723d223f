'use strict'

/**
 * nhi for Node. `native.js` (generated) loads the engine; here are what it cannot have: the classes of the exceptions,
 * and the `AbortSignal` of the forms that run off the event loop. `index.d.ts` is the reference.
 */

const native = require('./native.js')
const errors = require('./errors.js')

native.install(errors.exception, JSON.parse)

const { AbortError, InvalidInputError, WrongTypeError } = errors
const { assess, detect, inspect, mint, parse } = native

/** A class of the engine, which by itself could be called without `new`. */
function made(name) {
  const apply = () => {
    throw new WrongTypeError('invalid_argument', `${name}: it is made with new`)
  }
  const own = new Proxy(native[name], { apply })
  Object.defineProperty(own.prototype, 'constructor', { value: own, writable: true, configurable: true })
  return own
}

const Scanner = made('Scanner')
const Redactor = made('Redactor')
const Baseline = made('Baseline')

/** The signal among the options, if there is one. Only this reads it: the engine is told by a flag. */
function signalOf(options) {
  let signal
  let isSignal
  try {
    signal = options?.signal ?? null
    isSignal = signal === null || signal instanceof AbortSignal
  } catch {
    throw new InvalidInputError('invalid_argument', 'options: a member cannot be read')
  }
  if (isSignal) return signal
  throw new WrongTypeError('invalid_argument', `signal: expected AbortSignal, found ${typeof signal}`)
}

/**
 * A form off the event loop: `start` with the same arguments, the options at `at`, and a flag that the signal raises.
 * `atOnce`: the work cannot be told to stop between two pieces, so the promise is rejected without it.
 */
function offLoop(start, at, atOnce) {
  return async function (...given) {
    const args = given.slice(0, at + 1)
    args.length = at + 1
    const signal = signalOf(args[at])
    if (signal === null) return start.apply(this, args)
    if (signal.aborted) throw new AbortError(null, signal.reason)
    const flag = native.newFlag()
    let stop
    const stopped = new Promise((_, reject) => {
      stop = () => {
        native.raiseFlag(flag)
        if (atOnce) reject(new AbortError(null, signal.reason))
      }
    })
    signal.addEventListener('abort', stop, { once: true })
    try {
      return await Promise.race([start.call(this, ...args, flag), stopped])
    } catch (error) {
      if (error instanceof AbortError) error.cause = signal.reason
      throw error
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }
}

function method(owner, name, at, atOnce) {
  const value = offLoop(owner.prototype[name], at, atOnce)
  Object.defineProperty(value, 'name', { value: name })
  Object.defineProperty(owner.prototype, name, { value, writable: true, configurable: true })
}

method(Scanner, 'scanAsync', 1, false)
method(Redactor, 'redactAsync', 1, true)
method(Baseline, 'scoreManyAsync', 1, false)

module.exports.Authorizer = made('Authorizer')
module.exports.Baseline = Baseline
module.exports.Inventory = made('Inventory')
module.exports.Ledger = made('Ledger')
module.exports.Lifecycle = made('Lifecycle')
module.exports.Pepper = made('Pepper')
module.exports.Redactor = Redactor
module.exports.Scanner = Scanner
module.exports.Stream = made('Stream')
module.exports.assess = assess
module.exports.assessAsync = offLoop(native.assessAsync, 2, true)
module.exports.detect = detect
module.exports.inspect = inspect
module.exports.mint = mint
module.exports.parse = parse
module.exports.parseAsync = offLoop(native.parseAsync, 3, true)
module.exports.version = native.builtVersion()

module.exports.AbortError = AbortError
module.exports.ERROR_CODES = errors.ERROR_CODES
module.exports.InternalError = errors.InternalError
module.exports.InvalidInputError = InvalidInputError
module.exports.NhiError = errors.NhiError
module.exports.RejectedError = errors.RejectedError
module.exports.StateError = errors.StateError
module.exports.WrongTypeError = WrongTypeError
