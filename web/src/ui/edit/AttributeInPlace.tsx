import { useTranslation } from 'react-i18next'

import type { Schema } from '@/api/client'
import { ApiError } from '@/api/problem'
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
  const { t } = useTranslation('edit')
  const { key } = attribute
  const item = asked(attribute)
  /** The API takes a number as such: what is none stays in the field, and is told there. */
  const sent = (draft: unknown): unknown => {
    if (attribute.type !== 'number' || typeof draft !== 'string') return draft
    if (!Number.isFinite(Number(draft))) throw new ApiError({ type: 'about:blank', code: 'not_a_number', title: t('notANumber'), status: 422 })
    return Number(draft)
  }
  return (
    <InPlace<unknown>
      label={attribute.name}
      part={`attributes.${key}`}
      value={values[key] ?? null}
      editable={editable && !attribute.archived}
      shown={(value) => isGiven(value) && <FieldValue item={item} value={value} />}
      input={(draft, set, error) => <ItemField bare item={item} value={draft} onChange={(value) => set(value ?? null)} error={error} />}
      save={async (draft, before) => save({ [key]: sent(draft) }, before)}
      problem={(error) => error.field(`/attributes/${key}`)}
    />
  )
}

/** asked is an attribute as a form asks for it. */
export function asked(attribute: Attribute): AskedItem {
  const { key, type, name, required } = attribute
  return { field: key, type, name, required, options: (attribute.options ?? []).map((option) => ({ id: option.id, name: option.name, names: option.names })) }
}
