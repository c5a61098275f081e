import type { Schema } from '@/api/client'
import { ItemField, type AskedItem } from '@/ui/fields/ItemField'

import { InPlace } from './InPlace'
import { FieldValue, isGiven } from './values'

type Attribute = Schema<'Attribute'>

interface Props {
  attribute: Attribute
  /** The values of all attributes of the record. */
  values: Record<string, unknown>
  editable: boolean
  save: (change: Record<string, unknown>, before: unknown) => Promise<void>
}

/** AttributeInPlace shows an attribute that the company has added to its records (R44), and changes it where it stands. */
export function AttributeInPlace({ attribute, values, editable, save }: Props) {
  const { key } = attribute
  const item = asked(attribute)
  return (
    <InPlace<unknown>
      label={attribute.name}
      value={values[key] ?? null}
      editable={editable && !attribute.archived}
      shown={(value) => isGiven(value) && <FieldValue item={item} value={value} />}
      input={(draft, set, error) => <ItemField bare item={item} value={draft} onChange={(value) => set(value ?? null)} error={error} />}
      save={(draft, before) => save({ [key]: attribute.type === 'number' && typeof draft === 'string' ? Number(draft) : draft }, before)}
      problem={(error) => error.field(`/attributes/${key}`)}
    />
  )
}

/** asked is an attribute as a form asks for it. */
export function asked(attribute: Attribute): AskedItem {
  const { key, type, name, required } = attribute
  return { field: key, type, name, required, options: (attribute.options ?? []).map((option) => ({ id: option.id, name: option.name, names: option.names })) }
}
