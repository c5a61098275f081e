import type { Schema } from '@/api/client'
import { isFilled } from '@/ui/fields/condition'
import type { Values } from '@/ui/fields/ItemForm'

// What is too much to fill in while one only tries a map out, and what no condition reads more of than whether it is there.
const heavy = new Set(['interaction', 'planned_interaction', 'file', 'lines'])

/** optional is a form of a dry run: it may be left empty, as the server fills in with examples what it requires. */
export const optional = (items: readonly Schema<'Item'>[]): Schema<'Item'>[] => items.filter((item) => !heavy.has(item.type)).map((item) => ({ ...item, required: false }))

/** filled is what has been filled in. */
export const filled = (values: Values): Values => Object.fromEntries(Object.entries(values).filter(([, value]) => isFilled(value)))
