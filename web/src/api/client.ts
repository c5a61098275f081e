import createClient from 'openapi-fetch'

import { connection } from './connection'
import { ApiError, asApiError, unexplained, type Problem } from './problem'
import type { components, paths } from './schema'

/** The records of the contract by name: `Schema<'Task'>`. */
export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name]

/** A record with the version that its next change has to name (If-Match). */
export interface Versioned<T> {
  data: T
  etag: string
}

/** Every path of the API, typed by the contract. Use it through `answer` or `versioned`. */
export const api = createClient<paths>({ fetch: send, baseUrl: window.location.origin, credentials: 'same-origin', querySerializer: { array: { style: 'form', explode: false } } })

type Result<T> = Promise<{ data?: T; error?: unknown; response: Response }>

let asks: (() => Promise<void>) | undefined

/**
 * whenExpired has the user asked to sign in again when a request finds nobody signed in any more; the request is sent again when he has.
 * It answers how to stop that.
 */
export function whenExpired(ask: () => Promise<void>): () => void {
  asks = ask
  return () => {
    asks = undefined
  }
}

/** signedInAgain ends when the user has signed in again; undefined: there is nobody to be asked. */
export const signedInAgain = (): Promise<void> | undefined => asks?.()

let held: Promise<void> | undefined

/** hold has what is asked for from now on wait, but for sessions: of a page that is about to be left nobody is signed in to read it. It answers how to go on. */
export function hold(): () => void {
  let goOn: (() => void) | undefined
  held = new Promise((go) => (goOn = go))
  return () => {
    held = undefined
    goOn?.()
  }
}

const ofSessions = (request: Request) => new URL(request.url).pathname.startsWith('/api/v1/sessions')

async function send(first: Request): Promise<Response> {
  if (held !== undefined && !ofSessions(first)) await held
  for (let request = first; ; ) {
    const again = request.clone()
    const response = await fetch(request)
    const asked = response.status === 401 && !ofSessions(request) ? signedInAgain() : undefined
    if (asked === undefined) return response
    await asked
    request = again
  }
}

async function settle<T>(call: Result<T>): Promise<{ data: T; response: Response }> {
  const { data, error, response } = await call.catch((thrown: unknown) => {
    const problem = asApiError(thrown)
    if (problem.code === 'offline') connection.doubt()
    throw problem
  })
  if (response.ok) return { data: data as T, response }
  throw toError(error, response)
}

function toError(error: unknown, response: Response): ApiError {
  if (typeof error === 'object' && error !== null && 'code' in error) return new ApiError(error as Problem)
  return unexplained(response.status)
}

/** answer is what a request brought; it throws an ApiError when it was refused. */
export async function answer<T>(call: Result<T>): Promise<T> {
  return (await settle(call)).data
}

/** versioned is a record with its ETag. */
export async function versioned<T>(call: Result<T>): Promise<Versioned<T>> {
  const { data, response } = await settle(call)
  return { data, etag: response.headers.get('ETag') ?? '*' }
}

/** newKey is an Idempotency-Key: a request sent again with the same one is done once. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
