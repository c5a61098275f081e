import { keep, kept } from '@/ui/edit/kept'

import { emptyDraft, type Draft } from './templates'

/** A draft that is not stored, and which version one began from. */
interface Kept {
  draft: Draft
  version: number | undefined
}

const nameOf = (template: string, lang: string) => `template.${template}.${lang}`

/** keptDraft is what was written in this tab and not stored, if one began from the same version. */
export function keptDraft(template: string, lang: string, version: number | undefined): Draft | undefined {
  const found = kept<Kept>(nameOf(template, lang))
  return found !== undefined && found.version === version ? { ...emptyDraft, ...found.draft } : undefined
}

/** keepDraft has a draft wait in this tab for whoever goes to another language or page and comes back; undefined forgets it. */
export function keepDraft(template: string, lang: string, version: number | undefined, draft: Draft | undefined): void {
  keep(nameOf(template, lang), draft && ({ draft, version } satisfies Kept))
}
