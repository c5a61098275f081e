import type { Lang } from './i18n'

// Decimal text as the API has it.
const exact = /^-?\d+(\.\d+)?$/
const minus = /^[-\u2212]/

/** How a language writes numbers; spaces part thousands in every one. */
const written: Record<Lang, { thousands: string; point: string; grouped: RegExp; plain: RegExp }> = {
  // A comma is the decimal one, whatever stands after it; a point is, too, as on a calculator's keys.
  ru: { thousands: '\u00a0', point: ',', grouped: /^$/, plain: /^\d*[.,]?\d*$/ },
  // A comma parts thousands, and nothing else: of 12,50 one cannot know whether it is 12.50 or a part of 12,500.
  en: { thousands: ',', point: '.', grouped: /^[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/, plain: /^\d*\.?\d*$/ },
}

/** readDecimal is a number as people type it in a language, in the API's form. What is no number stays as it was typed. */
export function readDecimal(typed: string, lang: Lang): string {
  const { grouped, plain } = written[lang]
  const bare = typed.replace(/\s/g, '')
  const digits = bare.replace(minus, '').replace(/^\+/, '')
  if (!/\d/.test(digits) || !(plain.test(digits) || grouped.test(digits))) return typed.trim()
  const point = (grouped.test(digits) ? digits.replaceAll(',', '') : digits.replace(',', '.')).replace(/\.$/, '').replace(/^\./, '0.')
  return (minus.test(bare) ? '-' : '') + point
}

/** writeDecimal is decimal text of the API as a language writes it, digit for digit: readDecimal gives the same text back. */
export function writeDecimal(text: string, lang: Lang): string {
  if (!exact.test(text)) return text
  const { thousands, point } = written[lang]
  const [whole = '', fraction] = text.split('.')
  return whole.replace(/\B(?=(\d{3})+$)/g, thousands) + (fraction === undefined ? '' : point + fraction)
}
