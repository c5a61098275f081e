import { describe, expect, test } from 'vitest'

import { compare, type Compared } from './diff'

const signs = { same: ' ', added: '+', removed: '-' }
const shown = (lines: Compared[]) => lines.map((line) => signs[line.kind] + line.text).join('\n')
const apply = (lines: Compared[], kind: 'added' | 'removed') => lines.filter((line) => line.kind === 'same' || line.kind === kind).map((line) => line.text).join('\n')

describe('R53 what a new version changes', () => {
  test.each([
    ['a\nb\nc', 'a\nb\nc', ' a\n b\n c'],
    ['a\nb\nc', 'a\nc', ' a\n-b\n c'],
    ['a\nc', 'a\nb\nc', ' a\n+b\n c'],
    ['a\nb\nc', 'a\nx\nc', ' a\n-b\n+x\n c'],
    ['', 'a', '-\n+a'],
  ])('%j → %j', (before, after, want) => expect(shown(compare(before, after))).toBe(want))

  test('both texts can be read out of it, whatever they are', () => {
    let seed = 7
    const random = (n: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n
    for (let i = 0; i < 300; i++) {
      const text = () => Array.from({ length: random(14) }, () => 'abcd'[random(4)]).join('\n')
      const [before, after] = [text(), text()]
      const lines = compare(before, after)
      expect(apply(lines, 'removed')).toBe(before)
      expect(apply(lines, 'added')).toBe(after)
    }
  })

  test('what has nothing in common is still told, and soon', () => {
    const text = (sign: string) => Array.from({ length: 4000 }, (_, i) => `${sign}${i}`).join('\n')
    const lines = compare(text('a'), text('b'))
    expect(apply(lines, 'removed')).toBe(text('a'))
    expect(apply(lines, 'added')).toBe(text('b'))
  })
})
