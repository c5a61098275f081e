import { Button, Select, Text } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate } from 'react-router'

import { answer, api, type Schema } from '@/api/client'
import { useSources } from '@/api/directories'
import { keys } from '@/api/keys'
import { useRight } from '@/app/session'
import { useFormat } from '@/i18n/useFormat'
import { AttributeFilter } from '@/ui/AttributeFilter'
import { hrefOf, isMail, isPhone } from '@/ui/clients/details'
import { NewContact } from '@/ui/clients/NewContact'
import { Empty } from '@/ui/Empty'
import { ExportMenu } from '@/ui/ExportMenu'
import { ImportLink } from '@/ui/ImportLink'
import { FilterBar } from '@/ui/FilterBar'
import { ListTable, Nothing, type ListColumn } from '@/ui/ListTable'
import { Page } from '@/ui/Page'
import { ClientPicker } from '@/ui/pickers'
import { SavedFilters } from '@/ui/SavedFilters'
import { SearchField } from '@/ui/SearchField'
import { tell } from '@/ui/tell'
import { useFilters, type Filters } from '@/ui/useFilters'
import { useList } from '@/ui/useList'
import { Window } from '@/ui/Window'

type Contact = Schema<'Contact'>

/** What narrows the list; it is kept in the address. */
const names = ['q', 'client', 'source', 'attributes'] as const

/** Contacts is everybody at the clients one sees, by name (R44). */
export default function Contacts() {
  const { t } = useTranslation(['contacts', 'common'])
  const navigate = useNavigate()
  const works = useRight('work')
  const [making, setMaking] = useState(false)
  const filters = useFilters(names)
  const { filter } = filters
  const list = useList([...keys.contacts, 'list', filter], (after) => answer(api.GET('/api/v1/contacts', { params: { query: { ...filter, ...(after === undefined ? {} : { after }) } } })))
  const columns = useColumns()
  return (
    <Page
      title={t('title')}
      actions={
        <>
          <ExportMenu path="/api/v1/contacts/export" filter={filter} />
          <ImportLink of="contact" />
          {works && (
            <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setMaking(true)}>
              {t('common:newContact')}
            </Button>
          )}
        </>
      }
    >
      <Narrowing {...filters} />
      <ListTable
        label={t('title')}
        query={list}
        columns={columns}
        idOf={(contact) => contact.id}
        nameOf={(contact) => contact.name}
        to={(contact) => `/contacts/${contact.id}`}
        empty={filters.narrowed ? <Nothing /> : <Empty title={t('empty')} text={t('emptyText')} />}
      />
      <Window opened={making} onClose={() => setMaking(false)} title={t('common:newContact')} size="lg">
        {making && (
          <NewContact
            onEnd={() => setMaking(false)}
            onMade={(contact) => {
              tell.done(t('made', { name: contact.name }))
              void navigate(`/contacts/${contact.id}`)
            }}
          />
        )}
      </Window>
    </Page>
  )
}

function useColumns(): ListColumn<Contact>[] {
  const { t } = useTranslation('contacts')
  const format = useFormat()
  const sources = new Map(useSources().map((source) => [source.key, source.name]))
  return [
    {
      key: 'name',
      head: t('columns.name'),
      width: 'minmax(0, 1.4fr)',
      cell: (contact) => (
        <>
          <Text component={Link} to={`/contacts/${contact.id}`} size="sm" fw={550} truncate display="block" c="inherit">
            {contact.name}
          </Text>
          <Text size="xs" c="dimmed" truncate>
            {contact.position}
          </Text>
        </>
      ),
    },
    {
      key: 'client',
      head: t('columns.client'),
      width: 'minmax(0, 1.4fr)',
      cell: (contact) => (
        <Text component={Link} to={`/clients/${contact.client_id}`} size="sm" truncate display="block" c="inherit">
          {contact.client_name}
        </Text>
      ),
    },
    { key: 'phone', head: t('columns.phone'), phone: false, cell: (contact) => <FirstOf contact={contact} of={isPhone} /> },
    { key: 'email', head: t('columns.email'), phone: false, cell: (contact) => <FirstOf contact={contact} of={isMail} /> },
    { key: 'source', head: t('columns.source'), phone: false, cell: (contact) => <Text size="sm" truncate>{sources.get(contact.source ?? '') ?? contact.source}</Text> },
    { key: 'created', head: t('columns.created'), width: '110px', phone: false, cell: (contact) => <Text size="sm">{format.date(contact.created_at)}</Text> },
  ]
}

/** FirstOf is the first number or address of a contact: a click calls or writes (R9). */
function FirstOf({ contact, of }: { contact: Contact; of: (kind: string) => boolean }) {
  const detail = (contact.details ?? []).find((one) => of(one.kind))
  if (detail === undefined) return null
  return (
    <Text component="a" href={hrefOf(detail)} size="sm" truncate display="block" c="inherit">
      {detail.value}
    </Text>
  )
}

function Narrowing({ filter, set, clear, use, query, narrowed }: Filters<(typeof names)[number]>) {
  const { t } = useTranslation(['contacts', 'common'])
  const sources = useSources().filter((source) => !source.archived || source.key === filter.source)
  return (
    <FilterBar first={<SearchField w={280} placeholder={t('searchFor')} value={filter.q ?? ''} onChange={(q) => set({ q })} />} set={Object.keys(filter).filter((name) => name !== 'q').length}>
      <div style={{ width: 240 }}>
        <ClientPicker label={t('columns.client')} value={filter.client ?? null} onChange={(client) => set({ client })} />
      </div>
      <Select
        w={180}
        label={t('columns.source')}
        placeholder={t('common:any')}
        searchable
        clearable
        clearButtonProps={{ 'aria-label': t('common:clear') }}
        data={sources.map((source) => ({ value: source.key, label: source.name }))}
        value={filter.source ?? null}
        onChange={(source) => set({ source })}
      />
      <AttributeFilter subject="contact" value={filter.attributes} onChange={(attributes) => set({ attributes })} />
      {narrowed && (
        <Button variant="subtle" onClick={clear}>
          {t('common:clear')}
        </Button>
      )}
      <SavedFilters of="contacts" query={query} onUse={use} />
    </FilterBar>
  )
}
