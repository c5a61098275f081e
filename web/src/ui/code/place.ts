/** Where the caret stands in a text of YAML: at a key or at a value, below which keys ("[]" is a place in a list), and what is begun there. */
export interface Place {
  at: 'key' | 'value'
  path: string[]
  word: string
}

interface Level {
  indent: number
  /** "[]" for a place in a list. */
  name: string
}

/** A word of the text, with the keys that it stands under. */
export interface Word {
  path: string[]
  value: string
}

const word = /[\p{L}\d_.-]*$/u
const keyed = /^("[^"]*"|'[^']*'|[\p{L}\d_.-]+):(?=\s|$)\s*/u

/** open goes down to where a line stands: its dashes and its key. It says what of the line is left. */
function open(levels: Level[], line: string): string {
  let indent = line.length - line.trimStart().length
  let rest = line.trimStart()
  for (let dash = /^-(\s+|$)/.exec(rest); dash !== null; dash = /^-(\s+|$)/.exec(rest)) {
    while (above(levels, (top) => top.indent > indent || (top.indent === indent && top.name === '[]'))) levels.pop()
    levels.push({ indent, name: '[]' })
    indent += dash[0].length
    rest = rest.slice(dash[0].length)
  }
  while (above(levels, (top) => top.indent >= indent && (top.name !== '[]' || top.indent > indent || rest !== ''))) levels.pop()
  const key = keyed.exec(rest)
  if (key === null) return rest
  levels.push({ indent, name: (key[1] ?? '').replaceAll(/["']/g, '') })
  return rest.slice(key[0].length)
}

function above(levels: Level[], goes: (top: Level) => boolean): boolean {
  const top = levels.at(-1)
  return top !== undefined && goes(top)
}

/** flow reads what stands in brackets in one line, and tells each word in it. It gives the brackets that are still open. */
function flow(text: string, path: string[], tell: (found: Word) => void): { inside: string[]; key: boolean; rest: string } {
  const inside: { list: boolean; key: string | undefined }[] = []
  const here = () => [...path, ...inside.flatMap(({ list, key }) => (list ? ['[]'] : key === undefined ? [] : [key]))]
  let rest = ''
  const end = () => {
    const value = rest.trim()
    const top = inside.at(-1)
    if (value !== '' && (top === undefined || top.list || top.key !== undefined)) tell({ path: here(), value })
    rest = ''
  }
  let quote = ''
  for (const [i, char] of [...text].entries()) {
    if (quote !== '') {
      if (char === quote) quote = ''
      else rest += char
    } else if (char === '"' || char === "'") quote = char
    else if ((char === '{' || char === '[') && rest.trim() === '') inside.push({ list: char === '[', key: undefined })
    else if ((char === '}' || char === ']') && inside.length > 0) {
      end()
      inside.pop()
    } else if (char === ',' && inside.length > 0) {
      end()
      const top = inside.at(-1)
      if (top !== undefined) top.key = undefined
    } else if (char === ':' && inside.length > 0 && inside.at(-1)?.list === false && inside.at(-1)?.key === undefined && /\s|^$/.test(text[i + 1] ?? '')) {
      const top = inside.at(-1)
      if (top !== undefined) top.key = rest.trim()
      rest = ''
    } else rest += char
  }
  const top = inside.at(-1)
  const left = { inside: here(), key: top !== undefined && !top.list && top.key === undefined, rest }
  if (inside.length === 0) end()
  return left
}

/** read goes through lines, and tells every word with its place. Texts of several lines are none. */
function read(lines: readonly string[], tell: (found: Word) => void): Level[] {
  const levels: Level[] = []
  let text: number | undefined
  for (const line of lines) {
    const content = line.trimStart()
    const indent = line.length - content.length
    if (content === '' || content.startsWith('#')) continue
    if (text !== undefined && indent > text) continue
    text = undefined
    const value = open(levels, line)
    if (/^[>|][+-]?\d?\s*$/.test(value)) text = levels.at(-1)?.indent ?? 0
    else flow(value.replace(/\s#.*$/, ''), levels.map((level) => level.name), tell)
  }
  return levels
}

/** wordsOf are the words of a text with their places. */
export function wordsOf(text: string): Word[] {
  const found: Word[] = []
  read(text.split('\n'), (one) => found.push(one))
  return found
}

/** placeOf is where a text ends. */
export function placeOf(before: string): Place {
  const lines = before.split('\n')
  const last = lines.pop() ?? ''
  const levels = read(lines, () => undefined)
  const depth = last.length - last.trimStart().length
  const dashes = /^\s*(-\s+)*/.exec(last)?.[0] ?? ''
  const rest = open(levels, last)
  if (last.trim() === '') while (above(levels, (top) => top.indent >= depth)) levels.pop()
  const path = levels.map((level) => level.name)
  const begun = word.exec(last)?.[0] ?? ''
  const hasKey = keyed.test(last.slice(dashes.length))
  const { inside, key } = flow(rest, path, () => undefined)
  return { at: key || (!hasKey && inside.length === path.length) ? 'key' : 'value', path: inside, word: begun }
}
