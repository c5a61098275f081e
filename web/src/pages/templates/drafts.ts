import { emptyDraft, type Draft } from './templates'

/** A draft that is not stored, and which version one began from. */
interface Kept {
  draft: Draft
  version: number | undefined
}

const place = (template: string, lang: string) => `marshrut.template.${template}.${lang}`

/** keptDraft is what was written in this tab and not stored, if one began from the same version. */
export function keptDraft(template: string, lang: string, version: number | undefined): Draft | undefined {
  const stored = sessionStorage.getItem(place(template, lang))
  if (stored === null) return undefined
  const kept = JSON.parse(stored) as Kept
  return kept.version === version ? { ...emptyDraft, ...kept.draft } : undefined
}

/** keepDraft has a draft wait in this tab for whoever goes to another language or page and comes back; undefined forgets it. */
export function keepDraft(template: string, lang: string, version: number | undefined, draft: Draft | undefined): void {
  if (draft === undefined) sessionStorage.removeItem(place(template, lang))
  else sessionStorage.setItem(place(template, lang), JSON.stringify({ draft, version } satisfies Kept))
}
