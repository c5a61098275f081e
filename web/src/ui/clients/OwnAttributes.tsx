import { useAttributes } from '@/api/directories'
import type { Schema } from '@/api/client'
import { AttributeInPlace } from '@/ui/edit/AttributeInPlace'
import { isGiven } from '@/ui/edit/values'

interface Props {
  subject: Schema<'Attribute'>['subject']
  values: Record<string, unknown>
  editable: boolean
  /** Saves the value of one of them; null: none. */
  save: (key: string, value: unknown, before: unknown) => Promise<void>
}

/** OwnAttributes are the company's own fields of a record, each changed in place (R45). Archived ones are shown where they have a value. */
export function OwnAttributes({ subject, values, editable, save }: Props) {
  const attributes = useAttributes(subject).filter((attribute) => !attribute.archived || isGiven(values[attribute.key]))
  return attributes.map((attribute) => (
    <AttributeInPlace key={attribute.key} attribute={attribute} values={values} editable={editable} save={(changed, before) => save(attribute.key, changed[attribute.key], before)} />
  ))
}
