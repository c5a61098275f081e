import { same } from './merge'

/** A field that both have changed since one began: what it is now for the others. One's own value stays in the form. */
export interface Clash<D> {
  field: keyof D & string
  theirs: D[keyof D & string]
}

/**
 * threeWay adds one's own changes of a record to those of others: a field that only they have changed is theirs, one that only I have
 * changed is mine, and of one that both have changed differently mine stays and the clash is told.
 */
export function threeWay<D extends object>(base: D, mine: D, theirs: D): { draft: D; clashes: Clash<D>[] } {
  const draft = { ...mine }
  const clashes: Clash<D>[] = []
  for (const field of Object.keys(theirs) as (keyof D & string)[]) {
    if (same(theirs[field], base[field]) || same(theirs[field], mine[field])) continue
    if (same(mine[field], base[field])) draft[field] = theirs[field]
    else clashes.push({ field, theirs: theirs[field] })
  }
  return { draft, clashes }
}

/** changed are the fields of a draft that are not as they were. */
export function changed<D extends object>(base: D, draft: D): (keyof D & string)[] {
  return (Object.keys(draft) as (keyof D & string)[]).filter((field) => !same(base[field], draft[field]))
}
