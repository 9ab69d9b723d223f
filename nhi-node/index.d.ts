/* The reference of the Node interface. Made by `cargo xtask node` from nhi-node/src and records.d.ts; do not edit. */
/* eslint-disable */

/** Positions count bytes for a `Uint8Array` and UTF-16 code units for a `string`. */
export type Data = string | Uint8Array
/** A `Date`, an RFC 3339 text, or whole milliseconds since 1970 UTC. Times come back as RFC 3339 texts. */
export type Time = Date | string | number
/** Plain data: objects without a class, arrays, texts, numbers, booleans, null, and dates. */
export type Json = { [name: string]: any }
export type Redacted<T extends Data> = T extends string ? string : Buffer
/** A fact: known, absent, or unknown with the reason. */
export type Fact<T = unknown> = { known: T } | { absent: true } | { unknown: string }

/** For the forms off the event loop: they reject with an `AbortError`, also when it is aborted already. */
export interface Abortable {
  signal?: AbortSignal | null
}
export interface ScannerOptions {
  /** Whether secrets without a shape of their own are looked for in assignments. Default: true. */
  generic?: boolean | null
  /** Whether a line with an ignore mark gives no findings. Default: true. */
  ignoreMarks?: boolean | null
  /** Key for fingerprints. Without one, findings have none. */
  pepper?: Pepper | null
}
export interface ScanOptions {
  /** Where the data came from: it is set in the findings, and is context. */
  path?: string | null
}
export interface BaselineOptions {
  /** False alerts per identity-week to aim at, 1e-6 to 1e6. Default: 0.1. */
  budget?: number | null
  /** Seed of the hashes under which names are kept. Baselines merge only under one seed. */
  seed?: number | bigint | null
}
export interface ScoreOptions {
  /** Close the epoch whenever an activity begins a new UTC day. Default: false. */
  closeEpochs?: boolean | null
}
export interface LifecycleOptions {
  /** Lines to go on after. */
  ledger?: Data | null
}
export interface EffectOutcome {
  error?: string | null
  evidence?: string | null
  externalId?: string | null
  fingerprint?: string | null
}
export interface AuthorizeOptions {
  /** Of the credential, from `Lifecycle.state`. */
  state?: Json | null
  /** Of the call, from `Baseline.peek` or `score`. */
  score?: Score | null
  /** Under which a raw token in the request is fingerprinted. */
  pepper?: Pepper | null
}
export interface ParseOptions {
  pepper?: Pepper | null
  /** The adapter to use instead of the best one detected. */
  adapter?: string | null
}
export interface AssessOptions {
  policy?: Json | null
  pepper?: Pepper | null
}

export interface Reason {
  code: string
  text: string
}
export interface Part {
  kind: string
  start: number
  end: number
  preview: string
}
export interface Alternative {
  rule: string
  provider: string
  kind: string
}
export interface Finding {
  v: number
  path?: string
  rule: string
  provider: string
  kind: string
  credential_kind: string
  confidence: number
  level: 'low' | 'medium' | 'high'
  start: number
  end: number
  line: number
  column: number
  preview: string
  fingerprint?: string
  reasons: Reason[]
  attributes: Record<string, Fact>
  decoded: string[]
  parts: Part[]
  alternatives: Alternative[]
}
/** What `inspect` tells; `rule` is null if the catalogue knows no such shape. */
export interface Inspection extends Json {
  rule: string | null
}
export interface Detection {
  adapter: string
  /** 1 to 100. */
  confidence: number
  why: string
}
export interface Parsed {
  adapter: string
  plane: string
  lists: boolean
  taken_at: string | null
  issuer: string | null
  items: Json[]
  problems: Json[]
  rows: number
}
export interface Activity {
  time: Time
  id?: string | null
  credential: string
  tenant?: string
  identity?: string | null
  workload?: string | null
  role?: string | null
  group?: string | null
  ephemeral?: boolean
  purpose?: string | null
  task?: string | null
  action?: string | null
  destination?: string | null
  account?: string | null
  region?: string | null
  asn?: number | null
  source_ip?: string | null
  country?: string | null
  user_agent?: string | null
  bytes?: number | null
  tokens?: number | null
  sensitivity?: number | null
  outcome?: 'ok' | 'denied' | 'error'
  session?: string | null
  context?: string[]
}
export interface ScoreReason {
  dimension: string
  surprisal: number
  text: string
}
export interface Score {
  subject: string
  time: string
  score: number
  alert: boolean
  band: 'none' | 'notable' | 'severe'
  trust: 'ok' | 'learning' | 'shared' | 'stale'
  flags: string[]
  reasons: ScoreReason[]
}
export interface Epoch {
  number: number
  day: number | null
  budget: number
}
export interface Checkpoint {
  seq: number
  hash: string
}
export interface Fault {
  line: number
  seq: number
  code: string
  text: string
}
export interface Verification {
  entries: number
  head: Checkpoint
  fault: Fault | null
  anchored: boolean
}
export interface Entry {
  seq: number
  at: string
  cmd_id: string
  actor: string
  credential: string
  event: Json
  prev_hash: string
  hash: string
  line: string
}
export interface Applied {
  entries: Entry[]
  seqs: number[]
  already: boolean
}
export interface Effect {
  id: string
  credential: string
  work: Json
}
export interface Snapshot {
  source: string
  plane: string
  taken_at: Time
  completeness: 'full' | 'partial'
}
export interface Observed {
  replaced: Json[]
  stale: Json[]
  ambiguities: Json[]
}
export interface Authorization {
  /** To send back, in AuthZEN's form. */
  answer: Json
  /** To keep for `replay`. */
  record: Json
  /** For the ledger. */
  event: Json
}
export interface InputFile {
  name: string
  bytes: Data
  completeness?: 'full' | 'partial' | null
}
export interface Inputs {
  files?: readonly InputFile[] | null
  findings?: readonly Finding[] | null
  searched?: boolean | null
  activities?: readonly Activity[] | null
  records?: readonly Json[] | null
  commands?: readonly { at: Time; command: Json }[] | null
  ledger?: Data | null
  checkpoint?: Checkpoint | null
  baseline?: Uint8Array | null
  problems?: readonly Json[] | null
}
export interface Assessment {
  report: Json
  ledger: string
  baseline: Buffer
  markdown: string
  /** One self-contained page. */
  html: string
  sarif: string
  terminal: string
}

/** Stable in every language; docs/error-codes.md. */
export type ErrorCode =
  | 'input_too_large' | 'internal' | 'invalid_argument' | 'invalid_json' | 'invalid_pepper' | 'invalid_time'
  | 'not_canonical' | 'rejected' | 'state_corrupt' | 'state_version' | 'unreadable'
/** Why a call could not be done. Nothing was changed, unless the call says otherwise. Texts never hold content. */
export declare class NhiError extends Error {
  readonly code: ErrorCode
}
/** Something given cannot be used: too large, malformed, out of range. */
export declare class InvalidInputError extends NhiError {}
/** Something given is of another type than expected. */
export declare class WrongTypeError extends InvalidInputError {}
/** Saved state is damaged, or was written in a format that this version cannot read. */
export declare class StateError extends NhiError {}
/** A guard refuses the command. Timers that were due ran all the same. */
export declare class RejectedError extends NhiError {
  readonly guard: string
  readonly found: string
  readonly needs: string
}
/** A defect of nhi. The call was given up; the process is unharmed. */
export declare class InternalError extends NhiError {}
/** The host gave the work up by an `AbortSignal`, whose reason is the `cause`. */
export declare class AbortError extends Error {
  readonly code: 'ABORT_ERR'
  /** What was done before: the scores of `scoreManyAsync`. */
  readonly done: Score[] | null
}
/** The class of each code. */
export declare const ERROR_CODES: Readonly<Record<ErrorCode, typeof NhiError>>
export declare const version: string

/** Whether a call may go through. Answers requests under one policy; immutable. */
export declare class Authorizer {
  /** `invalid_json` or `invalid_argument` name the field of the policy. */
  constructor(policy?: Json | null)
  /**
   * Decides on one request in AuthZEN's form (Authorization API 1.0).
   *
   * A raw token in it is fingerprinted under the `pepper` and kept nowhere. `state` is that of the credential, from
   * `Lifecycle.state`; `score` that of the call, from `Baseline.peek` or `score`. Gives the `answer` to send back,
   * the `record` to keep for `replay`, and the `event` for the ledger. `invalid_argument` or `invalid_json` names
   * the field; `input_too_large`.
   */
  authorize(request: Json, now: Time, options?: AuthorizeOptions | null): Authorization
  /** Decides a stored `record` again: `"same"`, `"input_differs"`, `"policy_differs"` or what now. */
  replay(stored: Json): string | Json
}

/** What is normal for a credential, and how far one activity is from it. */
export declare class Baseline {
  /** An empty baseline. */
  constructor(options?: BaselineOptions | null)
  /**
   * Scores an activity and learns from it. `invalid_json` names the field; `invalid_argument` if the tenant holds a
   * `/`; `input_too_large` for too many subjects.
   */
  score(activity: Activity, options?: ScoreOptions | null): Score
  /**
   * Scores a list of activities in order and learns from each. The list is read whole before the first is learned;
   * what stands before one that is refused was learned then.
   */
  scoreMany(activities: readonly Activity[], options?: ScoreOptions | null): Score[]
  /**
   * As `scoreMany`, off the event loop. Other calls may come between two activities: await one list before the next
   * if the order matters. After an abort the `AbortError` has in `done` the scores of the activities that were
   * learned, the first ones of the list.
   */
  scoreManyAsync(activities: readonly Activity[], options?: ScoreOptions & Abortable | null): Promise<Score[]>
  /** Scores and learns nothing: for a decision before the call is made. */
  peek(activity: Activity): Score
  /** Whether the activity belongs to a later UTC day than the epoch was closed for. */
  closingDue(activity: Activity): boolean
  /** Makes and adopts the next epoch; `at` is any time of the UTC day that begins. */
  closeEpoch(at: Time): Epoch
  /** Sets the false alerts per identity-week to aim at, 1e-6 to 1e6, from the next epoch on. */
  setBudget(budget: number): void
  /** Closes the open alert of a subject; `accept` says that what was seen was right. Whether the subject is known. */
  closeAlert(subject: string, accept: boolean): boolean
  /** Alerts counted for a subject, once an hour; `null` if it is unknown. */
  alerts(subject: string): number | null
  /** Scores from which an activity of the subject is notable, and severe; `null` if it is unknown. */
  thresholds(subject: string): [notable: number, severe: number] | null
  /** Number of subjects. */
  get size(): number
  /** The whole state, the same bytes in every language. */
  save(): Buffer
  /** Reads what `save` wrote, in any language. `state_version` or `state_corrupt`. */
  static load(state: Uint8Array): Baseline
  /** One baseline of several shards, in any order. `invalid_argument` if their seeds differ. */
  static mergeAll(baselines: readonly Baseline[]): Baseline
}

/** One record of each identity and credential, from many sources that disagree. */
export declare class Inventory {
  /** An inventory without records. */
  constructor()
  /** Observes one snapshot: it replaces an older one of the same source. */
  observe(snapshot: Snapshot, observations: readonly Json[]): Observed
  /** Folds activities into the usage of their credentials: last use, workloads, networks. */
  observeActivities(activities: readonly Activity[]): void
  /** The credentials, by id, with conflicts and where inherited fields come from. */
  credentials(): Json[]
  /** The identities, by id. */
  identities(): Json[]
  /** The owners directory, by kind and id. */
  owners(): Json[]
  /** The sightings, and the credential that each is of. */
  sightings(): Json[]
  /** Every merge that was refused. */
  ambiguities(): Json[]
  /** Id of the credential that is known under an id, an external id, or a fingerprint; `null` if none is. */
  resolve(key: string): string | null
  /** A credential by anything that `resolve` knows; `null` if it knows none. */
  credential(key: string): Json | null
  /** The disagreements between planes, by credential and kind. */
  drift(now: Time): Json[]
  /** What to do about the drift, most urgent first: data, nothing is done. */
  plan(now: Time): Json[]
  /** The whole state, the same bytes in every language. */
  save(): Buffer
  /** Reads what `save` wrote, in any language. `state_version` or `state_corrupt`; `input_too_large`. */
  static load(state: Data): Inventory
}

/** A chain of lines that shows any later change: of its own, or that of a lifecycle. */
export declare class Ledger {
  /** A chain of its own, after a checkpoint if the lines before are elsewhere. */
  constructor(after?: Checkpoint | null)
  /** The last entry's number and hash: what to sign or anchor outside. */
  head(): Checkpoint
  /** The lines since the last `take`, or all. */
  lines(): string
  /** Gives the lines to the host, which stores them, and keeps the head only. */
  take(): string
  /** Adds a decision about one call (`event` of `Authorizer.authorize`). */
  record(credential: string, cmdId: string, actor: string, at: Time, event: Json): Entry
  /** Checks a ledger from its first entry. Without a checkpoint a cut tail does not show. */
  static verify(lines: Data, checkpoint?: Checkpoint | null): Verification
  /** The states that a ledger tells. `unreadable` with the first fault. */
  static replay(lines: Data): Record<string, Json>
}

/** The state of many credentials, and the ledger of what happened. */
export declare class Lifecycle {
  /**
   * No credentials; or goes on after a ledger, whose lines stay with the host. `invalid_json` or `invalid_argument`
   * name a field of the policy; `unreadable` the first fault of the ledger.
   */
  constructor(policy?: Json | null, options?: LifecycleOptions | null)
  /**
   * Applies a command. Store the entries before doing any effect. `rejected` with the `guard` that refuses, what it
   * found and what it `needs`; `invalid_json` names the field that is missing or wrong.
   */
  apply(command: Json, now: Time): Applied
  /** Runs every timer that is due. Early and repeated ticks do nothing. */
  tick(now: Time): Applied
  /** The state of a credential; `null` if it is unknown. */
  state(credential: string): Json | null
  /** All states, by id. */
  states(): Record<string, Json>
  /** The work that the host still owes. */
  outstanding(): Effect[]
  /** The command that brings an outcome back; `null` if the work failed and somebody must do it. */
  static answer(effect: Effect, actor: string, at: Time, outcome?: EffectOutcome | null): Json | null
  /** When something happens next by itself; `null` if nothing does. May change after any call. */
  nextDeadline(): string | null
  /** The ledger: a view, not a copy. */
  get ledger(): Ledger
}

/** The host's key for fingerprints, with the previous one during a rotation. */
export declare class Pepper {
  /** A pepper from 32 bytes that the host drew at random; `invalid_pepper` for any other number of bytes. */
  constructor(key: Uint8Array)
  /** Reads the file form; `invalid_pepper`. */
  static parse(file: string): Pepper
  /** First 8 hex digits of SHA-256 over `"nhi-pepper-id"` and the key. */
  get id(): string
  /** The file form: the one place where the key is given out, for the host to store. */
  exposeFile(): string
  /** Keyed digest of a secret's exact bytes (UTF-8 of a `string`). */
  fingerprint(secret: Data): string
  /** Whether `fingerprint` was made of `secret`, under the current or the previous pepper. */
  matches(fingerprint: string, secret: Data): boolean
}

/** Takes credentials out of bytes and texts. */
export declare class Redactor {
  /** Build the scanner with `ignoreMarks: false` if the data comes from others: else it could ask not to be redacted. */
  constructor(scanner: Scanner)
  /** `data` with every finding of level medium or high replaced by its preview; a `string` gives a `string`. */
  redact<T extends Data>(data: T): Redacted<T>
  /**
   * As `redact`, off the event loop, on a copy of the data. An abort rejects at once; the copy is wiped when the
   * work ends.
   */
  redactAsync<T extends Data>(data: T, options?: Abortable | null): Promise<Redacted<T>>
}

/** Finds credentials in bytes and texts. Immutable. */
export declare class Scanner {
  /** A scanner over the whole catalogue. */
  constructor(options?: ScannerOptions | null)
  /**
   * Every credential in `data`, sorted by start.
   *
   * `start` and `end` count bytes for a `Uint8Array` and UTF-16 code units for a `string`. `line` and `column` count
   * from 1; `column` counts bytes, for a `string` those of its UTF-8.
   */
  scan(data: Data, options?: ScanOptions | null): Finding[]
  /** As `scan`, off the event loop, on a copy of the data. */
  scanAsync(data: Data, options?: ScanOptions & Abortable | null): Promise<Finding[]>
  /** Starts a scan of input that arrives in pieces. */
  stream(options?: ScanOptions | null): Stream
}

/**
 * A scan of input that arrives in pieces: any cutting gives the findings of `scan` on the whole. Positions count
 * bytes from the first byte of the first piece.
 */
export declare class Stream {
  /** Takes the next piece and gives the findings that no later piece can change. */
  push(piece: Uint8Array): Finding[]
  /** Ends the input and gives the remaining findings. Nothing can be pushed after it. */
  finish(): Finding[]
}

/**
 * The whole way in one call: exports, findings, activities, records and commands in, a report out. Gives the `report`,
 * the `ledger` and `baseline` to go on with, and the report as texts. `invalid_json` or `invalid_argument` names the
 * field; `unreadable` for a faulty ledger; `state_corrupt` or `state_version` for a faulty baseline.
 */
export declare function assess(inputs: Inputs, now: Time, options?: AssessOptions | null): Assessment

/** As `assess`, off the event loop, on a copy of the inputs. An abort rejects at once, and the result is dropped. */
export declare function assessAsync(inputs: Inputs, now: Time, options?: AssessOptions & Abortable | null): Promise<Assessment>

/** Which adapters know the shape of these bytes, best first. */
export declare function detect(name: string, bytes: Data): Detection[]

/** Explains one token, offline and without repeating it: what it is, whose, until when, how to revoke it. */
export declare function inspect(token: Data, pepper?: Pepper | null): Inspection

/**
 * A decoy: a text of a rule's shape with valid checksums that opens nothing. The same for the same seed.
 * `invalid_argument` if the catalogue has no such rule or shape, or the seed is beyond 64 bits.
 */
export declare function mint(rule: string, seed: number | bigint, shape?: number | null): string

/**
 * Reads one input with the adapter asked for, else with the best one detected: `items` that could be read and
 * `problems` for what could not. `readAt` is when the host read it. `unreadable` if no adapter knows the bytes;
 * `input_too_large`; `invalid_argument` for an unknown adapter.
 */
export declare function parse(name: string, bytes: Data, readAt: Time, options?: ParseOptions | null): Parsed

/** As `parse`, off the event loop, on a copy of the bytes. An abort rejects at once, and the result is dropped. */
export declare function parseAsync(name: string, bytes: Data, readAt: Time, options?: ParseOptions & Abortable | null): Promise<Parsed>
