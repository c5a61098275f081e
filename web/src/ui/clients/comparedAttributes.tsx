import type { Schema } from '@/api/client'
import { asked } from '@/ui/edit/AttributeInPlace'
import { FieldValue, isGiven } from '@/ui/edit/values'

import type { Compared } from './MergeWindow'

type Values = Record<string, unknown>

/** comparedAttributes are the own attributes (R45) that one of two cards has, or both, and what the merged card has of them. */
export function comparedAttributes(attributes: Schema<'Attribute'>[], stays: Values, goes: Values): Compared[] {
  return attributes
    .filter(({ key }) => isGiven(stays[key]) || isGiven(goes[key]))
    .map((attribute) => {
      const shown = (values: Values) => <FieldValue item={asked(attribute)} value={values[attribute.key]} />
      return { label: attribute.name, stays: shown(stays), goes: shown(goes), becomes: shown(attribute.key in stays ? stays : goes) }
    })
}
