import { keep, kept } from '@/ui/edit/kept'

import { emptyDraft, type Draft, type Template } from './templates'

/** A draft that is not stored, and the text that one began from; without one there was none. */
interface Kept {
  draft: Draft
  base?: Template
}

const nameOf = (template: string, lang: string) => `template.${template}.${lang}`

/** keptDraft is what was written in this tab and not stored, whatever others have stored since. */
export function keptDraft(template: string, lang: string): Kept | undefined {
  const found = kept<Kept>(nameOf(template, lang))
  return found && { ...found, draft: { ...emptyDraft, ...found.draft } }
}

/** keepDraft has a draft wait in this tab for whoever goes to another language or page and comes back; undefined forgets it. */
export function keepDraft(template: string, lang: string, base: Template | undefined, draft: Draft | undefined): void {
  keep(nameOf(template, lang), draft && ({ draft, ...(base === undefined ? {} : { base }) } satisfies Kept))
}
