import type { Schema } from '@/api/client'

/** Values of a form or a case by field, in the API's shapes. */
export type Values = Record<string, unknown>

/** What a condition is evaluated over. */
export interface Facts {
  values: Values
  /** Types of the fields that are known; of others their values tell. */
  types: ReadonlyMap<string, string>
  now: Date
}

/**
 * holds tells whether a condition of a route map (`when` of a form's item) is fulfilled, as the server will see it when the task is completed:
 * docs/route-maps.md, “Conditions”. One that cannot be read or evaluated holds: what is shown in vain does less harm than what is missing.
 */
export function holds(source: string | undefined, facts: Facts): boolean {
  if (source === undefined || source.trim() === '') return true
  try {
    return truth(new Parser(tokens(source)).whole()(facts))
  } catch {
    return true
  }
}

/** asked are the items of a form that are to be filled in as the values are now. */
export function asked(items: readonly Schema<'Item'>[], facts: Facts): Schema<'Item'>[] {
  return items.filter((item) => holds(item.when, facts))
}

/** isFilled tells what counts as filled in; a blank text does not. */
export function isFilled(value: unknown): boolean {
  if (value === undefined || value === null) return false
  if (typeof value === 'string') return value.trim() !== ''
  return !Array.isArray(value) || value.length > 0
}

/** namesIn are the fields a condition reads. */
export function namesIn(source: string): string[] {
  try {
    return tokens(source).flatMap((token, i, all) => (token.kind === 'name' && !words.has(token.text) ? [token.text] : token.kind === 'text' && all[i - 2]?.text === 'has' ? [token.text] : []))
  } catch {
    return []
  }
}

// A moment and a length of time, in milliseconds.
class Moment {
  constructor(readonly ms: number) {}
}
class Span {
  constructor(readonly ms: number) {}
}
// A value whose type only its use tells: that of a field of the case that the form does not ask for.
class Raw {
  constructor(readonly text: string) {}
}
type Value = number | string | boolean | Moment | Span | Raw
type Node = (facts: Facts) => Value

interface Token {
  kind: 'number' | 'text' | 'name' | 'sign' | 'end'
  text: string
}

const words = new Set(['and', 'or', 'not', 'in', 'contains', 'startsWith', 'endsWith', 'true', 'false', 'has', 'len', 'lower', 'upper', 'trim', 'abs', 'round', 'floor', 'ceil', 'min', 'max', 'days', 'hours', 'day', 'now', 'outcome'])

const pattern = /\s+|\/\/[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/|(\d[\d_]*(?:\.[\d_]+)?(?:[eE][+-]?\d+)?|\.\d+)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)|([\p{L}_$][\p{L}\p{N}_$]*)|(\*\*|[=!<>]=|&&|\|\||[-+*/%^<>!?:()[\],])/uy

function tokens(source: string): Token[] {
  const found: Token[] = []
  pattern.lastIndex = 0
  while (pattern.lastIndex < source.length) {
    const match = pattern.exec(source)
    if (match === null) throw new Error('not an expression')
    const [, number, text, name, sign] = match
    if (number !== undefined) found.push({ kind: 'number', text: number.replaceAll('_', '') })
    else if (text !== undefined) found.push({ kind: 'text', text: unquoted(text) })
    else if (name !== undefined) found.push({ kind: 'name', text: name })
    else if (sign !== undefined) found.push({ kind: 'sign', text: sign })
  }
  return found
}

const escapes: Record<string, string> = { n: '\n', t: '\t', r: '\r' }

function unquoted(text: string): string {
  const inner = text.slice(1, -1)
  if (text.startsWith('`')) return inner
  return inner.replace(/\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)/gs, (_, c: string) => (c.length > 1 ? String.fromCharCode(parseInt(c.slice(1), 16)) : (escapes[c] ?? c)))
}

// How strongly two-sided operators bind, as in expr; what compares stands in chains: a < b < c.
const strength: Record<string, number> = {
  or: 10, '||': 10, and: 15, '&&': 15,
  '==': 20, '!=': 20, '<': 20, '>': 20, '<=': 20, '>=': 20, in: 20, contains: 20, startsWith: 20, endsWith: 20, not: 20,
  '+': 30, '-': 30, '*': 60, '/': 60, '%': 60, '**': 100, '^': 100,
}
const order = new Set(['<', '>', '<=', '>='])

class Parser {
  private at = 0

  constructor(private readonly all: Token[]) {}

  whole(): Node {
    const node = this.choice()
    if (this.at < this.all.length) throw new Error('too much')
    return node
  }

  private get next(): Token {
    return this.all[this.at] ?? { kind: 'end', text: '' }
  }

  private is(text: string): boolean {
    return this.next.text === text && this.next.kind !== 'text'
  }

  private skip(text: string): void {
    if (!this.is(text)) throw new Error(`no ${text}`)
    this.at += 1
  }

  private choice(): Node {
    const condition = this.binary(0)
    if (!this.is('?')) return condition
    this.skip('?')
    const yes = this.choice()
    this.skip(':')
    const no = this.choice()
    return (f) => (truth(condition(f)) ? yes(f) : no(f))
  }

  private binary(least: number): Node {
    let left = this.unary()
    for (;;) {
      const { kind, text: op } = this.next
      const binds = kind === 'sign' || kind === 'name' ? strength[op] : undefined
      if (binds === undefined || binds < least) return left
      this.at += 1
      if (op === 'not') {
        const inner = this.next.text
        if (!['in', 'contains', 'startsWith', 'endsWith'].includes(inner)) throw new Error('not what?')
        this.at += 1
        const positive = this.operation(inner, left, binds)
        left = (f) => !truth(positive(f))
      } else if (order.has(op)) {
        left = this.chain(op, left, binds)
      } else {
        left = this.operation(op, left, binds)
      }
    }
  }

  private chain(first: string, start: Node, binds: number): Node {
    let left = start
    let op = first
    const links: Node[] = []
    for (;;) {
      const [a, b, o] = [left, this.binary(binds + 1), op]
      links.push((f) => compare(o, a(f), b(f)))
      if (!order.has(this.next.text) || this.next.kind !== 'sign') return (f) => links.every((link) => truth(link(f)))
      left = b
      op = this.next.text
      this.at += 1
    }
  }

  private operation(op: string, left: Node, binds: number): Node {
    if (op === 'in') return this.membership(left)
    const right = this.binary(op === '**' || op === '^' ? binds : binds + 1)
    switch (op) {
      case 'or':
      case '||':
        return (f) => truth(left(f)) || truth(right(f))
      case 'and':
      case '&&':
        return (f) => truth(left(f)) && truth(right(f))
      case '==':
      case '!=':
        return (f) => same(left(f), right(f)) === (op === '==')
      case 'contains':
        return (f) => text(left(f)).includes(text(right(f)))
      case 'startsWith':
        return (f) => text(left(f)).startsWith(text(right(f)))
      case 'endsWith':
        return (f) => text(left(f)).endsWith(text(right(f)))
    }
    return (f) => arithmetic(op, left(f), right(f))
  }

  private membership(left: Node): Node {
    this.skip('[')
    const items = this.list(']')
    return (f) => items.some((item) => same(left(f), item(f)))
  }

  private list(end: string): Node[] {
    const items: Node[] = []
    while (!this.is(end)) {
      items.push(this.choice())
      if (!this.is(end)) this.skip(',')
    }
    this.skip(end)
    return items
  }

  private unary(): Node {
    if (this.is('not') || this.is('!')) {
      this.at += 1
      const inner = this.binary(50)
      return (f) => !truth(inner(f))
    }
    if (this.is('-') || this.is('+')) {
      const sign = this.next.text === '-' ? -1 : 1
      this.at += 1
      const inner = this.binary(90)
      return (f) => sign * number(inner(f))
    }
    return this.primary()
  }

  private primary(): Node {
    const token = this.next
    this.at += 1
    if (token.kind === 'number') return () => Number(token.text)
    if (token.kind === 'text') return () => token.text
    if (token.kind === 'name') return this.is('(') ? this.call(token.text) : named(token.text)
    if (token.text !== '(') throw new Error('what is this?')
    const inner = this.choice()
    this.skip(')')
    return inner
  }

  private call(name: string): Node {
    this.skip('(')
    const field = this.next.text
    const given = this.list(')')
    if (name === 'has') return (f) => has(f.values[field])
    const run = functions[name]
    if (run === undefined || given.length === 0) throw new Error('no such function')
    return (f) => run(given.map((argument) => argument(f)))
  }
}

const fold = (pick: (...all: number[]) => number) => (given: Value[]) => pick(...given.map(number))
const onNumber = (run: (n: number) => number) => (given: Value[]) => run(number(given[0]))
const onText = (run: (t: string) => Value) => (given: Value[]) => run(text(given[0]))

const functions: Record<string, (given: Value[]) => Value> = {
  len: onText((t) => [...t].length),
  lower: onText((t) => t.toLowerCase()),
  upper: onText((t) => t.toUpperCase()),
  trim: onText((t) => t.trim()),
  abs: onNumber(Math.abs),
  round: onNumber((n) => Math.sign(n) * Math.round(Math.abs(n))), // halves away from zero
  floor: onNumber(Math.floor),
  ceil: onNumber(Math.ceil),
  min: fold(Math.min),
  max: fold(Math.max),
  days: (given) => new Span(number(given[0]) * 86_400_000),
  hours: (given) => new Span(number(given[0]) * 3_600_000),
  day: onText((t) => new Moment(momentOf(t) ?? never('not a day'))),
}

function never(problem: string): never {
  throw new Error(problem)
}

function named(name: string): Node {
  switch (name) {
    case 'true':
      return () => true
    case 'false':
      return () => false
    case 'now':
      return (f) => new Moment(f.now.getTime())
    case 'outcome':
      return () => ''
    case 'nil':
      throw new Error('nil is no value')
  }
  return (f) => fact(f.types.get(name), f.values[name])
}

const long = -62_135_596_800_000 // the first day of year 1: what no time is

/** fact is a field's value as conditions see it: an empty one counts as 0, false, no text, or no time. */
function fact(type: string | undefined, value: unknown): Value {
  switch (type) {
    case 'number':
    case 'money':
    case 'percent':
      return decimal(value) ?? 0
    case 'date':
    case 'datetime':
      return new Moment(momentOf(value) ?? long)
    case 'flag':
      return value === true
    case undefined:
      return typeof value === 'boolean' || typeof value === 'number' ? value : new Raw(typeof value === 'string' ? value : '')
  }
  return typeof value === 'string' ? value.trim() : ''
}

function decimal(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  return typeof value === 'string' && /^\s*-?\d+(\.\d+)?\s*$/.test(value) ? Number(value) : undefined
}

function momentOf(value: unknown): number | undefined {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d($|T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$)/.test(value)) return undefined
  const at = Date.parse(value)
  return Number.isNaN(at) ? undefined : at
}

function has(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? value.length > 0 : Object.keys(value).length > 0
  return isFilled(value)
}

function truth(value: Value): boolean {
  if (typeof value === 'boolean') return value
  if (value instanceof Raw && value.text === '') return false
  throw new Error('neither true nor false')
}

function number(value: Value | undefined): number {
  if (typeof value === 'number') return value
  if (value instanceof Raw) return decimal(value.text) ?? 0
  throw new Error('not a number')
}

function text(value: Value | undefined): string {
  if (typeof value === 'string') return value
  if (value instanceof Raw) return value.text
  throw new Error('not a text')
}

/** alike brings a value of unknown type to that of the other. */
function alike(a: Value, b: Value): [Value, Value] {
  if (a instanceof Raw && b instanceof Raw) {
    if (decimal(a.text) !== undefined || decimal(b.text) !== undefined) return [number(a), number(b)]
    if (momentOf(a.text) !== undefined || momentOf(b.text) !== undefined) return [moment(a), moment(b)]
    return [a.text, b.text]
  }
  if (a instanceof Raw) return [as(b, a), b]
  if (b instanceof Raw) return [a, as(a, b)]
  return [a, b]
}

function as(model: Value, raw: Raw): Value {
  if (typeof model === 'number') return number(raw)
  if (model instanceof Moment) return moment(raw)
  if (typeof model === 'boolean') return truth(raw)
  return raw.text
}

const moment = (raw: Raw): Moment => new Moment(momentOf(raw.text) ?? long)

const plain = (value: Value): number | string | boolean => (value instanceof Moment || value instanceof Span ? value.ms : value instanceof Raw ? value.text : value)

function same(a: Value, b: Value): boolean {
  const [x, y] = alike(a, b)
  if (typeof x !== typeof y || (x instanceof Moment) !== (y instanceof Moment)) throw new Error('of two types')
  return plain(x) === plain(y)
}

function compare(op: string, a: Value, b: Value): boolean {
  const [x, y] = alike(a, b).map(plain)
  if (x === undefined || y === undefined || typeof x !== typeof y || typeof x === 'boolean') throw new Error('cannot be compared')
  switch (op) {
    case '<':
      return x < y
    case '>':
      return x > y
    case '<=':
      return x <= y
  }
  return x >= y
}

function arithmetic(op: string, a: Value, b: Value): Value {
  if (a instanceof Raw && b instanceof Span) a = moment(a)
  if (b instanceof Raw && (a instanceof Moment || (a instanceof Span && op === '+'))) b = moment(b)
  if (op === '+') {
    if (typeof a === 'string' || typeof b === 'string') return text(a) + text(b)
    if (a instanceof Moment && b instanceof Span) return new Moment(a.ms + b.ms)
    if (a instanceof Span && b instanceof Moment) return new Moment(a.ms + b.ms)
    if (a instanceof Span && b instanceof Span) return new Span(a.ms + b.ms)
  }
  if (op === '-' && b instanceof Span && a instanceof Moment) return new Moment(a.ms - b.ms)
  if (op === '-' && ((a instanceof Moment && b instanceof Moment) || (a instanceof Span && b instanceof Span))) return new Span(a.ms - b.ms)
  const [x, y] = [number(a), number(b)]
  switch (op) {
    case '+':
      return x + y
    case '-':
      return x - y
    case '*':
      return x * y
    case '/':
      return x / y
    case '%':
      return x % y
  }
  return x ** y
}
