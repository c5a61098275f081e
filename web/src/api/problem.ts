import type { components } from './schema'

/** A refusal as the server tells it (RFC 9457), in the language of the user. */
export type Problem = components['schemas']['Problem']
export type ProblemField = components['schemas']['ProblemField']

/** What a request ended with when it was not done: the server's problem, or that the server was not reached (`offline`). */
export class ApiError extends Error {
  readonly problem: Problem
  /** HTTP status; 0 when there was no answer. */
  readonly status: number

  constructor(problem: Problem) {
    super(problem.title)
    this.name = 'ApiError'
    this.problem = problem
    this.status = problem.status
  }

  get code(): string {
    return this.problem.code
  }

  /** What is wrong with one field of the body: `fieldError('/fields/amount')`. Deeper pointers count too. */
  field(pointer: string): string | undefined {
    return this.problem.errors?.find((e) => e.pointer === pointer || e.pointer?.startsWith(pointer + '/'))?.detail
  }
}

/** offline is the problem of a server that does not answer; its words are the page's own. */
export const offline = (): ApiError => new ApiError({ type: 'about:blank', code: 'offline', title: 'offline', status: 0 })

/** unexplained is the problem of an answer that says nothing but its status: usually that of something between the page and Marshrut. */
export const unexplained = (status: number): ApiError => new ApiError({ type: 'about:blank', code: 'unexplained', title: `HTTP ${status}`, status })

/** asApiError makes of anything thrown something that can be shown. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  if (error instanceof TypeError) return offline() // what fetch throws when nobody answers
  return new ApiError({ type: 'about:blank', code: 'page_fault', title: error instanceof Error ? error.message : String(error), status: 0 })
}
