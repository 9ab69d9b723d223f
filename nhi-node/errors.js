'use strict'

/**
 * The exceptions, all of them. Their codes are the same in every language.
 *
 *     NhiError
 *     ├── InvalidInputError   something given cannot be used
 *     │   └── WrongTypeError  something given is of another type
 *     ├── StateError          saved state is damaged or of another format
 *     ├── RejectedError       a guard of the lifecycle refuses a command
 *     └── InternalError       a defect of nhi
 *     AbortError              the host gave the work up (as Node's own: code ABORT_ERR)
 *
 * Texts name places, fields, sizes and types, never content.
 */

class NhiError extends Error {
  constructor(code, text) {
    super(text)
    this.code = code
  }
}

class InvalidInputError extends NhiError {}
class WrongTypeError extends InvalidInputError {}
class StateError extends NhiError {}
class InternalError extends NhiError {}

class RejectedError extends NhiError {
  constructor(guard, found, needs) {
    super('rejected', `${guard}: ${found}; needs ${needs}`)
    this.guard = guard
    this.found = found
    this.needs = needs
  }
}

class AbortError extends Error {
  constructor(done, cause) {
    super('The operation was aborted', { cause })
    this.code = 'ABORT_ERR'
    this.done = done
  }
}

const classes = {
  NhiError, InvalidInputError, WrongTypeError, StateError, RejectedError, InternalError, AbortError,
}
for (const [name, one] of Object.entries(classes)) {
  Object.defineProperty(one.prototype, 'name', { value: name, writable: true, configurable: true })
}

const ERROR_CODES = Object.freeze({
  input_too_large: InvalidInputError,
  internal: InternalError,
  invalid_argument: InvalidInputError,
  invalid_json: InvalidInputError,
  invalid_pepper: InvalidInputError,
  invalid_time: InvalidInputError,
  not_canonical: InvalidInputError,
  rejected: RejectedError,
  state_corrupt: StateError,
  state_version: StateError,
  unreadable: InvalidInputError,
})

/** The exception of a failure that the native part tells. */
function exception({ class: name, code, text, guard, needs, done }) {
  if (name === 'aborted') return new AbortError(done)
  if (name === 'wrong_type') return new WrongTypeError(code, text)
  if (code === 'rejected') return new RejectedError(guard, text, needs)
  return new (ERROR_CODES[code] ?? NhiError)(code, text)
}

module.exports = { ...classes, ERROR_CODES, exception }
