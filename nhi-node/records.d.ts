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

