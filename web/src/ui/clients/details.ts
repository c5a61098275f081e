import type { Schema } from '@/api/client'

export type Detail = Schema<'ContactDetail'>
export type DetailKind = Schema<'DetailBody'>['kind']

/** The kinds of contact details (R44), in the order they are offered in. */
export const detailKinds: readonly DetailKind[] = ['phone', 'mobile', 'email', 'mailing', 'messenger', 'site', 'fax', 'legal_address', 'actual_address', 'postal_address', 'other']

const mails: readonly string[] = ['email', 'mailing']
const phones: readonly string[] = ['phone', 'mobile', 'fax']

/** isMail and isPhone tell how one reaches somebody by a detail. */
export const isMail = (kind: string): boolean => mails.includes(kind)
export const isPhone = (kind: string): boolean => phones.includes(kind)

/** hrefOf is what a click on a detail opens (R9): the telephone, a letter, the site; nothing for an address. */
export function hrefOf(detail: Pick<Detail, 'kind' | 'value' | 'number'>): string | undefined {
  if (isMail(detail.kind)) return `mailto:${encodeURIComponent(detail.value).replaceAll('%40', '@')}`
  if (isPhone(detail.kind)) return `tel:${detail.number ?? detail.value.replaceAll(/[^\d+]/g, '')}`
  if (detail.kind === 'site' && /^https?:\/\//.test(detail.value)) return detail.value
  return undefined
}

/** sent is a detail as the API takes it: an address as it was split, everything else as it was typed. */
export function sent(detail: Detail): Schema<'DetailBody'> {
  return {
    kind: detail.kind as DetailKind,
    ...(detail.address === undefined ? { value: detail.value } : { address: detail.address, value: detail.value }),
    ...(detail.extension === undefined || detail.extension === '' ? {} : { extension: detail.extension }),
  }
}

const isGiven = (detail: Detail): boolean => detail.value.trim() !== ''

/** given are the details that have been filled in, as the API takes them. */
export const given = (details: Detail[]): Schema<'DetailBody'>[] => details.filter(isGiven).map(sent)

/** placeOf is where the detail at an index stands among those that are given; undefined: it is not given. */
export const placeOf = (details: Detail[], at: number): number | undefined => (details[at] !== undefined && isGiven(details[at]) ? details.slice(0, at).filter(isGiven).length : undefined)
