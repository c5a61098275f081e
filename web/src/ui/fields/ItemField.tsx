import { Checkbox, Radio, Group, Select, Textarea, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'

import type { Schema } from '@/api/client'
import { useReference } from '@/api/people'
import { ClientField } from '@/ui/clients/ClientField'
import { ContactField } from '@/ui/clients/ContactField'
import { ClientPicker, ContactPicker, DepartmentPicker, UserPicker } from '@/ui/pickers'
import { DayField, MomentField } from '@/ui/dates'

import { DecimalField } from './DecimalField'
import { FileField } from './FileField'
import { HeldInteraction, PlannedInteraction } from './InteractionField'
import { LinesField } from './LinesField'

/** What is asked for: a field of a route map, or an attribute of one's own. */
export type AskedItem = Pick<Schema<'Item'>, 'field' | 'type' | 'name' | 'required' | 'options' | 'currency' | 'interaction_kind'>

/** What every field of a form takes; its value is in the API's shape, undefined while it is empty. */
export interface FieldProps {
  item: AskedItem
  value: unknown
  onChange: (value: unknown) => void
  error: string | undefined
  clientID?: string | undefined
  caseID?: string | undefined
  autoFocus?: boolean
  /** Whether whoever is in no directory yet can be entered from here; in a rehearsal nobody is. */
  enters?: boolean
  /** Without its label to be seen, where it stands beside the field. */
  bare?: boolean
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : '')
/** named is how a field says what it is: by a label, or to a screen reader alone. */
const named = (item: AskedItem, bare: boolean) => (bare ? { label: undefined, 'aria-label': item.name } : { label: item.name })
const idOf = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null)

/** ItemField is a field of a route map's form, by its type (docs/route-maps.md, “Fields”). */
export function ItemField(props: FieldProps) {
  const { item, value, onChange, error, clientID, autoFocus = false, enters = false, bare = false } = props
  const common = { ...named(item, bare), error, required: item.required, autoFocus }
  const picked = { ...common, value: idOf(value), onChange: (id: string | null) => onChange(id ?? undefined) }
  switch (item.type) {
    case 'long_text':
      return <Textarea {...common} autosize minRows={2} maxRows={12} maxLength={20_000} value={textOf(value)} onChange={(event) => onChange(event.currentTarget.value)} />
    case 'number':
    case 'money':
    case 'percent':
      return <DecimalField {...common} sign={item.type === 'percent' ? '%' : item.type === 'money' ? (item.currency ?? 'RUB') : undefined} value={value} onChange={onChange} />
    case 'date':
      return <DayField {...picked} />
    case 'datetime':
      return <MomentField label={item.name} error={error} required={item.required} value={idOf(value)} onChange={(at) => onChange(at ?? undefined)} />
    case 'flag':
      return <FlagField {...props} />
    case 'choice':
      return <Options {...props} options={(item.options ?? []).map((option) => ({ value: option.id, label: option.name }))} />
    case 'loss_reason':
    case 'claim_reason':
    case 'channel':
    case 'purpose':
      return <ReferenceField {...props} list={item.type} />
    case 'currency_code':
      return <CurrencyField {...props} />
    case 'user':
      return <UserPicker {...picked} />
    case 'department':
      return <DepartmentPicker {...picked} />
    case 'client':
    case 'competitor':
      return enters ? <ClientField {...picked} label={item.name} /> : <ClientPicker {...picked} label={item.name} />
    case 'contact':
      return enters ? <ContactField {...picked} label={item.name} client={clientID ?? null} /> : <ContactPicker {...picked} label={item.name} client={clientID ?? null} />
    case 'file':
      return <FileField {...props} />
    case 'interaction':
      return <HeldInteraction {...props} />
    case 'planned_interaction':
      return <PlannedInteraction {...props} />
    case 'lines':
      return <LinesField {...props} />
  }
  return <TextInput {...common} maxLength={500} value={textOf(value)} onChange={(event) => onChange(event.currentTarget.value)} />
}

/** FlagField: what must be answered is a question with two answers, what need not be is a box to tick. */
function FlagField({ item, value, onChange, error, autoFocus = false }: FieldProps) {
  const { t } = useTranslation()
  if (!item.required) return <Checkbox label={item.name} error={error} autoFocus={autoFocus} checked={value === true} onChange={(event) => onChange(event.currentTarget.checked)} />
  return (
    <Radio.Group label={item.name} error={error} required value={typeof value === 'boolean' ? String(value) : null} onChange={(text) => onChange(text === 'true')}>
      <Group gap="md" mt={4}>
        <Radio value="true" label={t('yes')} autoFocus={autoFocus} aria-invalid={error !== undefined} />
        <Radio value="false" label={t('no')} />
      </Group>
    </Radio.Group>
  )
}

function Options({ item, value, onChange, error, autoFocus = false, bare = false, options, searchable = false }: FieldProps & { options: { value: string; label: string }[]; searchable?: boolean }) {
  const { t } = useTranslation()
  return (
    <Select
      {...named(item, bare)}
      error={error}
      required={item.required}
      autoFocus={autoFocus}
      data={options}
      value={idOf(value)}
      onChange={(id) => onChange(id ?? undefined)}
      clearable={!item.required}
      searchable={searchable || options.length > 8}
      nothingFoundMessage={t('list.nothing')}
      placeholder={t('fields.choose')}
      clearButtonProps={{ 'aria-label': t('clear') }}
    />
  )
}

/** ReferenceField chooses from one of the company's lists what is in use. */
function ReferenceField({ list, ...props }: FieldProps & { list: 'loss_reason' | 'claim_reason' | 'channel' | 'purpose' }) {
  const items = useReference(list)
  return <Options {...props} options={items.filter((item) => item.active || item.key === props.value).map((item) => ({ value: item.key, label: item.name }))} />
}

// What is paid in here most comes first.
const usual = ['RUB', 'USD', 'EUR', 'CNY', 'KZT', 'BYN']

function CurrencyField(props: FieldProps) {
  const { i18n } = useTranslation()
  const names = new Intl.DisplayNames(i18n.language, { type: 'currency' })
  const codes = [...usual, ...Intl.supportedValuesOf('currency').filter((code) => !usual.includes(code))]
  return <Options {...props} searchable options={codes.map((code) => ({ value: code, label: `${code} · ${names.of(code) ?? ''}` }))} />
}
