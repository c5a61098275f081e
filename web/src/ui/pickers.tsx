import { CloseButton, Combobox, Group, InputBase, Loader, Select, Text, useCombobox } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api } from '@/api/client'
import { useDepartments, useUsers } from '@/api/people'
import { useMe } from '@/app/session'

import classes from './pickers.module.css'

/** What every picker takes: its label, or its name where what stands beside it is its label; what is chosen (an id), and what is wrong with that. */
export interface PickerProps {
  label?: ReactNode
  'aria-label'?: string
  placeholder?: string
  value: string | null
  onChange: (id: string | null) => void
  error?: ReactNode
  description?: ReactNode
  required?: boolean
  disabled?: boolean
  clearable?: boolean
  autoFocus?: boolean
  /** Has the focus when its window opens; of a SearchPicker. */
  begins?: boolean
}

/** clearing is a way to choose nothing for the keyboard and for a screen reader, too: of itself Mantine keeps it from both. */
const clearing = (name: string) => ({ 'aria-label': name, 'aria-hidden': false, tabIndex: 0 })

/** UserPicker chooses a colleague who works here; oneself comes first, or last where somebody else is looked for. */
export function UserPicker({ clearable = true, others = false, ...props }: PickerProps & { others?: boolean }) {
  const { t } = useTranslation()
  const users = useUsers()
  const me = useMe()
  const options = users
    .filter((user) => user.active || user.id === props.value)
    .map((user) => ({ value: user.id, label: user.id === me?.id ? `${user.name} (${t('me')})` : user.name }))
    .sort((a, b) => (Number(b.value === me?.id) - Number(a.value === me?.id)) * (others ? -1 : 1))
  return <Select data={options} searchable clearable={clearable} nothingFoundMessage={t('pick.nothing')} clearButtonProps={clearing(typeof props.label === 'string' ? t('clearOf', { name: props.label }) : t('clear'))} {...props} />
}

/** DepartmentPicker chooses a department in use. */
export function DepartmentPicker({ clearable = true, ...props }: PickerProps) {
  const { t } = useTranslation()
  const departments = useDepartments()
  const options = departments.filter((d) => d.active || d.id === props.value).map((d) => ({ value: d.id, label: d.name }))
  return <Select data={options} searchable clearable={clearable} nothingFoundMessage={t('pick.nothing')} clearButtonProps={clearing(typeof props.label === 'string' ? t('clearOf', { name: props.label }) : t('clear'))} {...props} />
}

/** Found by a search: what is chosen, and what it is called. */
interface Choice {
  id: string
  name: string
  about?: string
}

interface SearchPickerProps extends PickerProps {
  /** Kept answers are under this key. */
  kind: string
  search: (words: string) => Promise<Choice[]>
  /** What the chosen one is called, when it was not chosen here. */
  nameOf: (id: string) => Promise<string>
  /** Offers to make one that is called so. */
  onCreate?: (name: string) => void
  createLabel?: (name: string) => string
}

/** SearchPicker chooses one of very many: it searches as one types. */
export function SearchPicker({ kind, search, nameOf, value, onChange, onCreate, createLabel, label, 'aria-label': name, error, description, required, disabled, autoFocus, begins = false, clearable = true }: SearchPickerProps) {
  const { t } = useTranslation()
  const box = useCombobox({ onDropdownClose: () => box.resetSelectedOption() })
  const [words, setWords] = useState<string>()
  const [asked] = useDebouncedValue((words ?? '').trim(), 200)
  // Nothing is kept of it: what was not there a moment ago may have been entered since, and would be entered twice.
  const found = useQuery({ queryKey: ['pick', kind, asked], queryFn: () => search(asked), enabled: box.dropdownOpened, placeholderData: keepPreviousData, staleTime: 0, gcTime: 0 })
  const chosen = useQuery({ queryKey: ['pick-name', kind, value], queryFn: () => nameOf(value ?? ''), enabled: value !== null, staleTime: 60_000 })
  const choices = found.data ?? []
  // What was found for other words is no answer to these: it can be seen, and not chosen.
  const stale = asked !== (words ?? '').trim() || found.isPlaceholderData
  const failed = !found.isFetching && (found.isError || found.isPaused)
  const creates = onCreate !== undefined && asked !== '' && !stale && !failed
  // What one looks for is taken by Enter as soon as it is found, as it shows.
  const { selectOption, dropdownOpened } = box
  const looksFor = (words ?? '').trim() !== '' && dropdownOpened
  const shape = choices.map((choice) => choice.id).join()
  // Who shares but a word with what was typed is offered, and not taken instead of the new one.
  const at = creates && choices[0] !== undefined && !speaksOf(choices[0], asked) ? choices.length : 0
  useEffect(() => {
    if (looksFor && !stale) selectOption(at)
  }, [looksFor, stale, shape, at, selectOption])
  const called = label ?? name
  const choose = (option: string) => {
    if (option === again) {
      void found.refetch()
      return
    }
    if (option === create) onCreate?.((words ?? '').trim())
    else onChange(option)
    setWords(undefined)
    box.closeDropdown()
  }
  return (
    <Combobox store={box} onOptionSubmit={choose}>
      <Combobox.Target withExpandedAttribute>
        <InputBase
          role="combobox"
          label={label}
          aria-label={name}
          error={error}
          description={description}
          required={required ?? false}
          disabled={disabled ?? false}
          autoFocus={autoFocus ?? false}
          data-autofocus={begins || undefined}
          placeholder={t('pick.type')}
          value={words ?? (value === null ? '' : (chosen.data ?? ''))}
          onChange={(event) => {
            setWords(event.currentTarget.value)
            box.openDropdown()
            box.updateSelectedOptionIndex()
          }}
          // What is still being looked for is waited for, and the form not sent instead.
          onKeyDown={(event) => event.key === 'Enter' && !event.ctrlKey && !event.metaKey && looksFor && stale && event.preventDefault()}
          // The name that is there is written over, not behind.
          onFocus={(event) => event.currentTarget.select()}
          onClick={(event) => {
            if (words === undefined) event.currentTarget.select()
            box.openDropdown()
          }}
          onBlur={() => {
            box.closeDropdown()
            setWords(undefined)
          }}
          rightSection={
            found.isFetching && words !== undefined ? (
              <Loader size={14} aria-label={t('loading')} />
            ) : value !== null && clearable && !disabled ? (
              <CloseButton size="sm" aria-label={typeof called === 'string' ? t('clearOf', { name: called }) : t('clear')} onMouseDown={(event) => event.preventDefault()} onClick={() => onChange(null)} />
            ) : (
              <Combobox.Chevron />
            )
          }
          rightSectionPointerEvents={value !== null && clearable ? 'all' : 'none'}
        />
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Options mah={280} style={{ overflowY: 'auto' }}>
          {failed && <Combobox.Option value={again}>{t('pick.failed')}</Combobox.Option>}
          {choices.map((choice) => (
            <Combobox.Option key={choice.id} value={choice.id} disabled={stale}>
              <Group gap={6} justify="space-between" wrap="nowrap">
                <Text size="sm" truncate>
                  {choice.name}
                </Text>
                <Text size="xs" className={classes.about ?? ''} truncate>
                  {choice.about}
                </Text>
              </Group>
            </Combobox.Option>
          ))}
          {creates && <Combobox.Option value={create}>{createLabel?.(asked) ?? asked}</Combobox.Option>}
          {choices.length === 0 && !creates && !failed && <Combobox.Empty>{found.isFetching || stale ? t('loading') : t('pick.nothing')}</Combobox.Empty>}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  )
}

/** speaksOf tells whether all words that were typed are in what is shown of a choice; what is found by a number need not show it. */
function speaksOf({ name, about = '' }: Choice, words: string): boolean {
  const shown = `${name} ${about}`.toLowerCase()
  return /\d/.test(words) || words.includes('@') || words.toLowerCase().split(/\s+/).every((word) => shown.includes(word))
}

const create = '+'
const again = '↻'

/** ClientPicker finds a client by name, phone, e-mail or ИНН. */
export function ClientPicker(props: PickerProps & Pick<SearchPickerProps, 'onCreate' | 'createLabel'>) {
  return (
    <SearchPicker
      kind="client"
      search={async (q) => {
        const list = await answer(api.GET('/api/v1/clients', { params: { query: { limit: 20, ...(q === '' ? {} : { q }) } } }))
        return (list.items ?? []).map((client) => ({ id: client.id, name: client.name }))
      }}
      nameOf={async (id) => (await answer(api.GET('/api/v1/clients/{id}', { params: { path: { id } } }))).name}
      {...props}
    />
  )
}

/** ContactPicker finds a contact, of one client or of all. */
export function ContactPicker({ client, ...props }: PickerProps & Pick<SearchPickerProps, 'onCreate' | 'createLabel'> & { client?: string | null }) {
  return (
    <SearchPicker
      kind={`contact ${client ?? ''}`}
      search={async (q) => {
        const list = await answer(api.GET('/api/v1/contacts', { params: { query: { limit: 20, ...(q === '' ? {} : { q }), ...(client ? { client } : {}) } } }))
        return (list.items ?? []).map((contact) => ({ id: contact.id, name: contact.name, ...(contact.position === undefined ? {} : { about: contact.position }) }))
      }}
      nameOf={async (id) => (await answer(api.GET('/api/v1/contacts/{id}', { params: { path: { id } } }))).name}
      {...props}
    />
  )
}

/** CasePicker finds a case by its number, topic or client; `only` leaves cases of one kind, `client` those of one client, `open` those that are open. */
export function CasePicker({ only, client, open = false, ...props }: PickerProps & { only?: 'deal' | 'interest' | 'appeal' | 'claim'; client?: string | null; open?: boolean }) {
  return (
    <SearchPicker
      kind={`case ${only ?? ''} ${client ?? ''} ${open}`}
      search={async (q) => {
        const list = await answer(api.GET('/api/v1/cases', { params: { query: { limit: 20, ...(q === '' ? {} : { q }), ...(only ? { kind: [only] } : {}), ...(client ? { client } : {}), ...(open ? { status: 'open' as const } : {}) } } }))
        return (list.items ?? []).map((item) => ({ id: item.id, name: `${item.number} ${item.topic}`, ...(item.client_name === undefined ? {} : { about: item.client_name }) }))
      }}
      nameOf={async (id) => {
        const found = await answer(api.GET('/api/v1/cases/{id}', { params: { path: { id } } }))
        return `${found.number} ${found.topic}`
      }}
      {...props}
    />
  )
}
