import { Button, Combobox, Group, Loader, Text, TextInput, useCombobox } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api, type Schema } from '@/api/client'
import { ContactField } from '@/ui/clients/ContactField'
import pickers from '@/ui/pickers.module.css'

import type { Who } from './request'

interface Props {
  value: Who | undefined
  /** What he is being looked for by, while nobody is chosen. */
  words: string
  onWords: (words: string) => void
  onChange: (who: Who | undefined) => void
  error: string | undefined
}

const create = '+'
const again = '↻'

/**
 * WhoField finds the one who turned to us by anything he names: a telephone number, a name, an address, an ИНН. The first one found is
 * chosen by Enter; who is not there is entered.
 */
export function WhoField({ value, words, onWords, onChange, error }: Props) {
  return value === undefined || value.kind === 'new' ? <Search words={words} onWords={onWords} onChange={onChange} error={value === undefined ? error : undefined} entered={value !== undefined} /> : <Chosen value={value} onChange={onChange} error={error} />
}

function Search({ words, onWords, onChange, error, entered }: Omit<Props, 'value'> & { entered: boolean }) {
  const { t } = useTranslation('accept')
  const { t: common } = useTranslation()
  const aboutFound = useAboutFound()
  const box = useCombobox({ onDropdownClose: () => box.resetSelectedOption() })
  const [asked] = useDebouncedValue(words.trim(), 150)
  const search = useQuery({
    queryKey: ['search', asked],
    queryFn: () => answer(api.GET('/api/v1/search', { params: { query: { q: asked } } })),
    enabled: asked.length >= 2,
  })
  const waiting = asked !== words.trim() || search.isFetching
  const found = (search.data?.items ?? []).filter((item) => item.kind !== 'case')
  const shape = `${search.status} ${search.isPaused} ${found.map((item) => item.id).join()}`
  const { selectFirstOption } = box
  useEffect(() => {
    if (!waiting && asked !== '') selectFirstOption()
  }, [waiting, asked, shape, selectFirstOption])
  const failed = !waiting && (search.isError || search.isPaused)
  const choose = (option: string) => {
    if (option === again) {
      void search.refetch()
      return
    }
    box.closeDropdown()
    if (option === create) onChange(stranger(words.trim()))
    else onChange(asWho(found.find((item) => item.id === option)))
  }
  return (
    // Within the page, so that a screen reader finds the list in it.
    <Combobox store={box} onOptionSubmit={choose} withinPortal={false}>
      <Combobox.Target>
        <TextInput
          label={entered ? t('who.another') : t('who.label')}
          description={entered ? undefined : t('who.hint')}
          placeholder={common('pick.type')}
          value={words}
          error={error}
          required={!entered}
          autoFocus={!entered}
          rightSection={waiting && words.trim().length >= 2 ? <Loader size={14} aria-label={common('loading')} /> : null}
          onChange={(event) => {
            onWords(event.currentTarget.value)
            box.openDropdown()
          }}
          onKeyDown={(event) => {
            // Enter chooses, and does not send the form; what is still being looked for is waited for, and what was found before one went elsewhere shows again.
            if (event.key !== 'Enter' || event.ctrlKey || event.metaKey || !(waiting || !box.dropdownOpened)) return
            event.preventDefault()
            box.openDropdown()
          }}
          onBlur={() => box.closeDropdown()}
        />
      </Combobox.Target>
      <Combobox.Dropdown hidden={asked.length < 2}>
        <Combobox.Options mah={320} style={{ overflowY: 'auto' }} aria-label={t('who.label')}>
          {/* Who was not looked for may be there: Enter tries again, and enters nobody twice. */}
          {failed && <Combobox.Option value={again}>{common('pick.failed')}</Combobox.Option>}
          {found.map((item) => (
            <Combobox.Option key={item.id} value={item.id}>
              <Text size="sm" className="as-typed">
                {item.title}
              </Text>
              <Text size="xs" className={`as-typed ${pickers.about}`}>
                {aboutFound(item)}
              </Text>
            </Combobox.Option>
          ))}
          {!waiting && <Combobox.Option value={create}>{t('who.create', { words: words.trim() })}</Combobox.Option>}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  )
}

/** useAboutFound tells what tells namesakes apart: whose contact it is, the telephone, the ИНН, the city. */
function useAboutFound(): (item: Schema<'Found'>) => string {
  const { t } = useTranslation('accept')
  const { t: common } = useTranslation()
  return ({ kind, client_name, phone, inn, city }) =>
    [kind === 'contact' ? client_name : undefined, phone, inn === undefined ? undefined : t('who.inn', { inn }), city].filter(Boolean).join(' · ') || common(`palette.kinds.${kind}`)
}

function asWho(item: Schema<'Found'> | undefined): Who | undefined {
  if (item === undefined) return undefined
  if (item.kind === 'contact') return { kind: 'known', clientID: item.client_id ?? '', clientName: item.client_name ?? '', contactID: item.id }
  return { kind: 'known', clientID: item.id, clientName: item.title, contactID: null }
}

/** stranger is somebody new, of whom one has typed a telephone number, an address or a name. */
export function stranger(words: string): Who {
  const who = { kind: 'new' as const, name: '', phone: '', email: '', individual: false, anyway: false }
  if (words.includes('@')) return { ...who, email: words }
  if (/^[+\d][\d\s()-]{5,}$/.test(words)) return { ...who, phone: words }
  return { ...who, name: words }
}

function Chosen({ value, onChange, error }: { value: Extract<Who, { kind: 'known' }>; onChange: Props['onChange']; error: string | undefined }) {
  const { t } = useTranslation('accept')
  return (
    <Group gap="sm" align="flex-end">
      <TextInput label={t('who.client')} value={value.clientName} readOnly error={error} style={{ flex: 1 }} miw={220} />
      <div style={{ flex: 1, minWidth: 200 }}>
        {/* The field that one has typed in is gone: the keyboard goes on here. */}
        <ContactField label={t('who.contact')} autoFocus={value.contactID === null} client={value.clientID} value={value.contactID} onChange={(contactID) => onChange({ ...value, contactID })} />
      </div>
      <Button variant="default" onClick={() => onChange(undefined)}>
        {t('who.change')}
      </Button>
    </Group>
  )
}
