import { keysAt, valuesAt, type Format, type Offer } from './mapSchema'
import { placeOf, wordsOf, type Word } from './place'

/** What a map can name that is kept elsewhere. */
export interface Known {
  maps: Offer[]
  roles: Offer[]
  templates: Offer[]
  users: Offer[]
}

export const nothingKnown: Known = { maps: [], roles: [], templates: [], users: [] }

const ends = (path: readonly string[], ...names: string[]) => names.every((name, i) => path[path.length - names.length + i] === name)

/** idsIn are the ids of the things of a list, such as stages, in a map. */
const idsIn = (words: Word[], list: string): Offer[] => offers(words.filter(({ path }) => ends(path, list, '[]', 'id')).map(({ value }) => value))

const offers = (labels: string[]): Offer[] => [...new Set(labels)].map((label) => ({ label }))

const formed = (path: readonly string[]) => ['require', 'ask', 'intake'].some((list) => ends(path, list, '[]')) || ['field', 'pause', 'switch', 'set'].includes(path.at(-1) ?? '') || ends(path, 'wait', 'until')

/** referencesAt are the names that may stand at a place because the map, or the company, has something of that name. */
function referencesAt(path: readonly string[], text: string, known: Known): Offer[] {
  const last = path.at(-1)
  if (ends(path, 'outcomes', '[]', 'to') || ends(path, 'timeout', 'to')) return [...idsIn(wordsOf(text), 'stages'), { label: 'join' }]
  if (last === 'from' || last === 'outcome') return idsIn(wordsOf(text), 'outcomes')
  if (last === 'email' || last === 'sms') return known.templates
  if (last === 'map') return known.maps
  if (last === 'role') return known.roles
  if (last === 'user') return known.users
  if (formed(path)) {
    // Those of the map's own, and those of the standard ones that it uses already.
    const own = text.split('\n').flatMap((line, i, lines) => (lines.slice(0, i).findLast((before) => /^\S/.test(before))?.startsWith('fields:') ? (/^ {2}([a-z][a-z0-9_]*):/.exec(line)?.[1] ?? []) : []))
    return offers([...own, ...wordsOf(text).filter((one) => formed(one.path)).map((one) => one.value)])
  }
  return []
}

export interface Offered {
  /** How much of what is offered stands there already. */
  word: string
  kind: 'key' | 'value'
  offers: Offer[]
}

/** offersAt is what can stand at a place of a map's text (R37): keys and words of its format, and names of what there is. */
export function offersAt(format: Format, text: string, caret: number, known: Known): Offered {
  const { at, path, word } = placeOf(text.slice(0, caret))
  // What is begun is not there yet.
  const rest = text.slice(0, caret - word.length) + text.slice(caret)
  const named = [...referencesAt(path, rest, known), ...valuesAt(format, path)]
  if (at === 'value') return { word, kind: 'value', offers: named }
  const keys = keysAt(format, path)
  return keys.length > 0 ? { word, kind: 'key', offers: keys } : { word, kind: 'value', offers: path.at(-1) === '[]' ? named : [] }
}
