import type { Detail } from './details'

/** mergedDetails are the details of two cards that become one: all of the one that stays, and what only the other has. */
export function mergedDetails(stays: readonly Detail[] | null, goes: readonly Detail[] | null): Detail[] {
  const all = [...(stays ?? [])]
  for (const detail of goes ?? []) if (!all.some((other) => same(other, detail))) all.push(detail)
  return all
}

// As the server has it: the same text, or the same number however it was typed.
function same(a: Detail, b: Detail): boolean {
  const number = a.number !== undefined && a.number !== '' && a.number === b.number && (a.extension ?? '') === (b.extension ?? '')
  return a.kind === b.kind && (a.value === b.value || number)
}

/** textOfDetails are details one below the other. */
export const textOfDetails = (details: readonly Detail[] | null): string => (details ?? []).map((detail) => detail.value).join('\n')
