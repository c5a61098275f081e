/** A stage that a case was or is at, as routes of cases have it. */
interface Reached {
  path: string
  state: 'done' | 'current' | 'ahead'
  visits: number
  overdue: boolean
  /** Code of what has failed there. */
  failed?: string
}

/** What is known of a stage on top of the map: a case that stands there, or how many do. */
export interface Mark {
  state?: 'done' | 'current'
  /** Stands beside the name: a number of cases, of visits. */
  badge?: string
  overdue?: boolean
  failed?: boolean
}

/** marksOf is where a case has been and is, on the stages that a diagram draws. */
export function marksOf(drawn: ReadonlySet<string>, stages: readonly Reached[]): Map<string, Mark> {
  const all = new Map<string, Mark>()
  for (const { path, state, visits } of stages) if (state === 'done' && drawn.has(path)) all.set(path, { state, ...(visits > 1 ? { badge: `×${visits}` } : {}) })
  for (const { path, state, visits, overdue, failed } of stages) {
    const at = state === 'current' ? above(path, drawn) : undefined
    if (at !== undefined) all.set(at, { ...all.get(at), state: 'current', overdue, ...(failed === undefined ? {} : { failed: true }), ...(at === path && visits > 1 ? { badge: `×${visits}` } : {}) })
  }
  return all
}

/** above is the drawn stage that a stage of a nested map, which is not drawn, stands in. */
export function above(path: string, drawn: ReadonlySet<string>): string | undefined {
  for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) if (drawn.has(at)) return at
  return undefined
}

/** standsAt are the stages that are kept in sight: the current ones, the innermost where a stage stands in another. */
export function standsAt(marks: ReadonlyMap<string, Mark>): string[] {
  const current = [...marks].filter(([, mark]) => mark.state === 'current').map(([path]) => path)
  return current.filter((path) => !current.some((other) => other.startsWith(`${path}/`)))
}
