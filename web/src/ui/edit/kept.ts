const own = 'marshrut.'
const person = `${own}person`

// Nothing is read or kept before one knows whose it is.
let author: string | undefined

const placeOf = (name: string) => `${own}form.${author ?? ''}.${name}`

/** stored is what a browser has under a name; what is not there, or not to be read, is undefined. */
export function stored(storage: () => Storage, name: string): unknown {
  try {
    const text = storage().getItem(name)
    return text === null ? undefined : (JSON.parse(text) as unknown)
  } catch {
    return undefined // forbidden, or not ours
  }
}

/** store puts a value under a name in the browser, undefined takes it out; false: the browser has no room or forbids it. */
export function store(storage: () => Storage, name: string, value: unknown): boolean {
  try {
    if (value === undefined) storage().removeItem(name)
    else storage().setItem(name, JSON.stringify(value))
    return true
  } catch {
    return false
  }
}

export const inTab = () => window.sessionStorage
export const inBrowser = () => window.localStorage

/** kept is what its author has typed in this tab under a name and neither sent nor given up. */
export function kept<T>(name: string | undefined): T | undefined {
  return name === undefined || author === undefined ? undefined : (stored(inTab, placeOf(name)) as T | undefined)
}

/** keep has what is typed wait in this tab for whoever goes elsewhere, or reloads, and comes back; undefined forgets it. */
export function keep(name: string, value: unknown): void {
  if (author !== undefined) store(inTab, placeOf(name), value)
}

const typedIn = () => {
  try {
    return Object.keys(sessionStorage).filter((name) => name.startsWith(placeOf('')))
  } catch {
    return [] // forbidden: there is nothing
  }
}

/** keptBelow tells whether anything that is typed waits in this tab under a name that begins so. */
export const keptBelow = (beginning: string): boolean => typedIn().some((name) => name.startsWith(placeOf(beginning)))

/** anythingKept tells whether something would be lost with this tab; where one had been is nothing. */
export const anythingKept = (): boolean => typedIn().some((name) => !name.endsWith('.tab'))

/** keptFor says who types in this tab from now on, and forgets what anybody else has typed there. Without a person it forgets all. */
export function keptFor(user?: string): void {
  author = user
  if (user !== undefined && stored(inTab, person) === user) return
  try {
    for (const name of Object.keys(sessionStorage)) if (name.startsWith(own)) sessionStorage.removeItem(name)
  } catch {
    return // forbidden: there is nothing
  }
  store(inTab, person, user)
}
