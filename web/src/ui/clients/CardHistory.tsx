import { Button, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api, type Schema } from '@/api/client'
import { useAttributes, useRegions, useSources } from '@/api/directories'
import { keys } from '@/api/keys'
import { useUserName } from '@/api/people'
import { useFormat } from '@/i18n/useFormat'
import { Block } from '@/ui/Block'
import { When } from '@/ui/bits'
import { ClientName, ContactName } from '@/ui/edit/values'
import { ShortList } from '@/ui/ShortList'
import { useList } from '@/ui/useList'

import classes from './card.module.css'
import { changesIn, type FieldChange } from './changes'

const paths = { clients: '/api/v1/clients/{id}/history', contacts: '/api/v1/contacts/{id}/history' } as const

/** CardHistory is what became of the card of a client or a contact, by whom (R65); it is read when somebody asks for it. */
export function CardHistory({ of, id }: { of: keyof typeof paths; id: string }) {
  const { t } = useTranslation('client')
  const [open, setOpen] = useState(false)
  return (
    <Block
      title={t('changes.title')}
      actions={
        <Button size="compact-sm" h={32} variant="subtle" aria-expanded={open} onClick={() => setOpen((o) => !o)}>
          {open ? t('changes.hide') : t('changes.show')}
        </Button>
      }
    >
      {open && <Lines of={of} id={id} />}
    </Block>
  )
}

function Lines({ of, id }: { of: keyof typeof paths; id: string }) {
  const { t } = useTranslation('client')
  const root = of === 'clients' ? keys.client(id) : keys.contact(id)
  const list = useList([...root, 'history'], (after) => answer(api.GET(paths[of], { params: { path: { id }, query: { limit: 100, ...(after === undefined ? {} : { after }) } } })))
  const changes = list.data?.pages.flatMap((page) => page.items ?? []) ?? []
  return (
    <ShortList list={list} empty={changes.length === 0 ? t('changes.none') : undefined}>
      <Stack component="ol" gap={0} m={0} p={0} style={{ listStyle: 'none' }}>
        {changes.map((change) => (
          <Line key={change.id} change={change} />
        ))}
      </Stack>
    </ShortList>
  )
}

const told = ['created', 'changed', 'contact_added', 'contact_changed', 'contact_left', 'contact_merged', 'contact_unmerged', 'merged', 'unmerged', 'legal_entity_added', 'legal_entity_changed', 'legal_entity_deleted'] as const

function Line({ change }: { change: Schema<'ClientChange'> }) {
  const { t } = useTranslation('client')
  const userName = useUserName()
  const { data } = change
  const kind = told.find((one) => one === change.kind)
  const who = userName(change.actor_id)
  return (
    <li className={classes.entry}>
      <div style={{ minWidth: 0 }}>
        <Text size="sm" className="as-typed">
          {t(`changes.kinds.${kind ?? 'other'}`)} {typeof data.name === 'string' && data.name}
          {typeof data.contact_id === 'string' && data.name === undefined && <ContactName id={data.contact_id} />}
          {typeof data.to_client_id === 'string' && (
            <>
              {' → '}
              <ClientName id={data.to_client_id} />
            </>
          )}
        </Text>
        {changesIn(data).map((field) => (
          <FieldLine key={field.name} field={field} />
        ))}
        <Text size="xs" c="dimmed">
          {who === '' ? t('changes.program') : who}
        </Text>
      </div>
      <Text size="xs" c="dimmed" component="div">
        <When at={change.at} />
      </Text>
    </li>
  )
}

const named = ['kind', 'name', 'status', 'lang', 'region', 'time_zone', 'source', 'owner_id', 'details', 'without', 'position', 'birth_date', 'inn', 'kpp', 'main'] as const

function FieldLine({ field }: { field: FieldChange }) {
  const { t } = useTranslation(['client', 'common'])
  const value = useValue()
  const own = [...useAttributes('client'), ...useAttributes('contact')].find((attribute) => `attributes.${attribute.key}` === field.name)
  const known = named.find((one) => one === field.name)
  const shown = (of: unknown) => value(field.name, of) || t('common:none')
  return (
    <Text size="xs" c="dimmed" className="as-typed">
      {own?.name ?? (known === undefined ? field.name : t(`changes.fields.${known}`))}: {shown(field.from)} → {shown(field.to)}
    </Text>
  )
}

/** useValue puts the value of a field into words. */
function useValue(): (field: string, value: unknown) => string {
  const { t } = useTranslation(['client', 'common'])
  const format = useFormat()
  const userName = useUserName()
  const regions = useRegions()
  const sources = useSources()
  return (field, value) => {
    if (value === null || value === undefined || value === '') return ''
    if (Array.isArray(value)) return value.map((one: unknown) => (typeof one === 'object' && one !== null && 'value' in one ? String(one.value) : String(one))).join(', ')
    if (typeof value === 'boolean') return value ? t('common:yes') : t('common:no')
    const text = typeof value === 'number' || typeof value === 'string' ? String(value) : JSON.stringify(value)
    switch (field) {
      case 'owner_id':
        return userName(text)
      case 'region':
        return regions.find((region) => region.key === text)?.name ?? text
      case 'source':
        return sources.find((source) => source.key === text)?.name ?? text
      case 'birth_date':
        return format.calendarDate(text.slice(0, 10))
      case 'kind':
        return text === 'company' || text === 'individual' ? t(`kinds.${text}`) : text
      case 'status':
        return text === 'potential' || text === 'active' ? t(`statuses.${text}`) : text
      case 'lang':
        return text === 'ru' || text === 'en' ? t(`langs.${text}`) : text
      default:
        return text
    }
  }
}
