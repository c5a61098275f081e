import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

type Texts = { [key: string]: string | Texts }

const root = join(import.meta.dirname, '../locales')
const areas = readdirSync(join(root, 'en')).map((file) => file.replace('.json', ''))
const forms = { ru: ['one', 'few', 'many', 'other'], en: ['one', 'other'] }

const read = (lang: string, area: string) => JSON.parse(readFileSync(join(root, lang, `${area}.json`), 'utf8')) as Texts

/** flat is every text under its dotted key. */
function flat(texts: Texts, prefix = ''): Map<string, string> {
  const all = new Map<string, string>()
  for (const [key, value] of Object.entries(texts)) {
    if (typeof value === 'string') all.set(prefix + key, value)
    else for (const [inner, text] of flat(value, `${prefix}${key}.`)) all.set(inner, text)
  }
  return all
}

const plural = /_(one|few|many|other)$/
const names = (text: string) => [...text.matchAll(/\{\{\s*(\w+)/g)].map((m) => m[1]).sort()

describe('texts', () => {
  it('are of the same areas in both languages', () => {
    expect(readdirSync(join(root, 'ru')).sort()).toEqual(readdirSync(join(root, 'en')).sort())
  })

  describe.each(areas)('%s', (area) => {
    const ru = flat(read('ru', area))
    const en = flat(read('en', area))
    const keysOf = (texts: Map<string, string>) => [...new Set([...texts.keys()].map((key) => key.replace(plural, '#')))].sort()

    it('have the same keys in both languages', () => {
      expect(keysOf(ru)).toEqual(keysOf(en))
    })
    it('have every plural form of their language, and no other', () => {
      for (const [lang, texts] of [['ru', ru], ['en', en]] as const) {
        const roots = new Set([...texts.keys()].filter((key) => plural.test(key)).map((key) => key.replace(plural, '')))
        for (const key of roots) {
          const there = [...texts.keys()].filter((k) => k.replace(plural, '') === key).map((k) => k.slice(key.length + 1)).sort()
          expect(there, `${lang} ${key}`).toEqual([...forms[lang]].sort())
        }
      }
    })
    it('name the same values', () => {
      for (const [key, text] of en) {
        if (plural.test(key)) continue
        expect(names(ru.get(key) ?? ''), key).toEqual(names(text))
      }
    })
    it('are not empty, and Russian where they should be', () => {
      for (const [key, text] of [...ru, ...en]) expect(text.trim(), key).not.toBe('')
      for (const [key, text] of ru) {
        if (en.get(key) === text && !/^[^a-zA-Z]*$/.test(text)) expect(text, `${area}.${key} is the same in both languages`).toMatch(/^(Temporal UI|E-mail|SMS|API|YAML|Enter|Esc|Ctrl ?\+? ?K|CSV|XLSX|English|OpenID Connect|[A-Z0-9_{} .·/-]+)$/)
      }
    })
  })
})
