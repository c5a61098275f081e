/** A part of a JSON schema, as far as the format of route maps uses them. */
export interface Schema {
  $ref?: string
  description?: string
  type?: string | string[]
  enum?: string[]
  properties?: Record<string, Schema>
  additionalProperties?: boolean | Schema
  items?: Schema
  oneOf?: Schema[]
}

/** What can stand at a place of a map. */
export interface Offer {
  label: string
  detail?: string
}

/** A schema with the parts that it names. */
export interface Format extends Schema {
  $defs: Record<string, Schema>
}

/** partsOf are the ways in which a schema can be met. */
function partsOf(format: Format, schema: Schema | undefined): Schema[] {
  if (schema === undefined) return []
  const named = schema.$ref === undefined ? undefined : format.$defs[schema.$ref.slice('#/$defs/'.length)]
  if (named !== undefined) return partsOf(format, named)
  return schema.oneOf === undefined ? [schema] : schema.oneOf.flatMap((one) => partsOf(format, one))
}

/** under are the parts at a path of keys from the beginning of a map on; what stands in a list is under "[]". */
function under(format: Format, path: readonly string[]): Schema[] {
  let parts: Schema[] = [format]
  for (const key of path) {
    parts = parts.flatMap((part) => {
      if (key === '[]') return partsOf(format, part.items)
      const free = typeof part.additionalProperties === 'object' ? part.additionalProperties : undefined
      return partsOf(format, part.properties?.[key] ?? free)
    })
  }
  return parts
}

/** keysAt are the keys that a mapping at a path may have. */
export function keysAt(format: Format, path: readonly string[]): Offer[] {
  const found = new Map<string, Offer>()
  for (const part of under(format, path)) {
    for (const [label, schema] of Object.entries(part.properties ?? {})) {
      const detail = schema.description ?? partsOf(format, schema)[0]?.description
      if (!found.has(label)) found.set(label, { label, ...(detail === undefined ? {} : { detail }) })
    }
  }
  return [...found.values()]
}

/** valuesAt are the words that may stand at a path. */
export function valuesAt(format: Format, path: readonly string[]): Offer[] {
  const parts = under(format, path)
  const words = parts.flatMap((part) => part.enum ?? (part.type === 'boolean' ? ['true', 'false'] : []))
  return [...new Set(words)].map((label) => ({ label }))
}
