import createClient from 'openapi-fetch'

import { connection } from './connection'
import { ApiError, asApiError, offline, type Problem } from './problem'
import type { components, paths } from './schema'

/** The records of the contract by name: `Schema<'Task'>`. */
export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name]

/** A record with the version that its next change has to name (If-Match). */
export interface Versioned<T> {
  data: T
  etag: string
}

/** Every path of the API, typed by the contract. Use it through `answer` or `versioned`. */
export const api = createClient<paths>({ baseUrl: window.location.origin, credentials: 'same-origin', querySerializer: { array: { style: 'form', explode: false } } })

type Result<T> = Promise<{ data?: T; error?: unknown; response: Response }>

const expiryListeners = new Set<() => void>()

/** onSessionExpired tells when a request is refused because nobody is signed in any more. It answers how to stop that. */
export function onSessionExpired(listener: () => void): () => void {
  expiryListeners.add(listener)
  return () => expiryListeners.delete(listener)
}

async function settle<T>(call: Result<T>): Promise<{ data: T; response: Response }> {
  const { data, error, response } = await call.catch((thrown: unknown) => {
    const problem = asApiError(thrown)
    if (problem.code === 'offline') connection.doubt()
    throw problem
  })
  if (response.ok) return { data: data as T, response }
  const refused = toError(error, response)
  if (response.status === 401 && !response.url.endsWith('/sessions')) expiryListeners.forEach((tell) => tell())
  throw refused
}

function toError(error: unknown, response: Response): ApiError {
  if (typeof error === 'object' && error !== null && 'code' in error) return new ApiError(error as Problem)
  return response.status >= 500 ? offline() : new ApiError({ type: 'about:blank', code: `http_${response.status}`, title: response.statusText, status: response.status })
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
