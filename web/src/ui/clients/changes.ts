/** A field of a card that was changed. */
export interface FieldChange {
  name: string
  from: unknown
  to: unknown
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** changesIn are the fields that a line of a card's history tells of; own attributes (R45) one by one, as `attributes.KEY`. */
export function changesIn(data: Record<string, unknown>): FieldChange[] {
  if (!isRecord(data.fields)) return []
  return Object.entries(data.fields).flatMap(([name, change]) => {
    if (!isRecord(change)) return []
    return name === 'attributes' ? ofAttributes(change.from, change.to) : [{ name, from: change.from, to: change.to }]
  })
}

function ofAttributes(from: unknown, to: unknown): FieldChange[] {
  const before = isRecord(from) ? from : {}
  const after = isRecord(to) ? to : {}
  const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((key) => before[key] !== after[key])
  return changed.map((key) => ({ name: `attributes.${key}`, from: before[key], to: after[key] }))
}
