import { Loader, Menu } from '@mantine/core'
import { IconArrowMerge } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'

import { answer, api, newKey } from '@/api/client'
import { useAttributes, useRegions, useSources, type Entry } from '@/api/directories'
import { keys } from '@/api/keys'
import { useUserName } from '@/api/people'
import { comparedAttributes } from '@/ui/clients/comparedAttributes'
import { mergedDetails, textOfDetails } from '@/ui/clients/merged'
import { MergeWindow, tellMerged, type Compared } from '@/ui/clients/MergeWindow'
import { Failure } from '@/ui/Failure'
import { ClientPicker } from '@/ui/pickers'
import { tell } from '@/ui/tell'

import type { Client } from './card'

/** Merging makes one card of two of the same client. */
export function Merging({ client, opened, onClose }: { client: Client; opened: boolean; onClose: () => void }) {
  const { t } = useTranslation('client')
  const navigate = useNavigate()
  const again = useAgain()
  const unmerge = useUnmerge()
  const compare = useCompare()
  const alike = useDuplicates(client.id, opened)
  const choose = (id: string | null, onChosen: (card: Client) => void) => {
    if (id === null || id === client.id) return
    void answer(api.GET('/api/v1/clients/{id}', { params: { path: { id } } })).then(onChosen, tell.problem)
  }
  return (
    <MergeWindow
      opened={opened}
      onClose={onClose}
      title={t('merge.title')}
      text={t('merge.text')}
      shown={client}
      alike={(alike.data?.items ?? []).flatMap((one) => (one.client === undefined ? [] : [{ card: one.client, reasons: one.reasons ?? [] }]))}
      waits={alike.isPending}
      alikeState={alike.isPending ? <Loader size="sm" aria-label={t('loading')} /> : alike.isError ? <Failure error={alike.error} onRetry={() => void alike.refetch()} /> : null}
      picker={(onChosen, begins) => <ClientPicker begins={begins} label={t('merge.other')} value={null} onChange={(id) => choose(id, onChosen)} />}
      compare={compare}
      merge={(into, from, key) => answer(api.POST('/api/v1/clients/{id}/merge', { params: { path: { id: into }, header: { 'Idempotency-Key': key } }, body: { from } }))}
      onMerged={(into, from) => {
        again()
        void navigate(`/clients/${into.id}`)
        tellMerged(t('merge.done', { name: into.name }), () => unmerge(from.id))
      }}
    />
  )
}

/** MergeItem is the way to Merging in a menu. */
export function MergeItem({ onOpen }: { onOpen: () => void }) {
  const { t } = useTranslation('client')
  return (
    <Menu.Item leftSection={<IconArrowMerge size={16} aria-hidden />} onClick={onOpen}>
      {t('merge.open')}
    </Menu.Item>
  )
}

/** useDuplicates are the clients that may be the same as this one. */
export function useDuplicates(id: string, enabled: boolean) {
  return useQuery({ queryKey: [...keys.client(id), 'duplicates'], queryFn: () => answer(api.GET('/api/v1/clients/{id}/duplicates', { params: { path: { id } } })), enabled })
}

function useAgain(): () => void {
  const queries = useQueryClient()
  return () => {
    for (const key of [keys.clients, ['client'], keys.contacts, ['contact'], keys.interactions, keys.cases, keys.case]) void queries.invalidateQueries({ queryKey: key })
  }
}

/** useUnmerge gives a card that was taken in back what it had. */
export function useUnmerge(): (from: string) => Promise<void> {
  const { t } = useTranslation('client')
  const again = useAgain()
  return async (from) => {
    await answer(api.POST('/api/v1/clients/{id}/unmerge', { params: { path: { id: from }, header: { 'Idempotency-Key': newKey() } } }))
    again()
    tell.done(t('merge.undone'))
  }
}

/** useCompare tells what each of two cards has, and what the merged one has of both: where the one that stays has nothing, what the other has. */
function useCompare(): (stays: Client, goes: Client) => Compared[] {
  const { t } = useTranslation('client')
  const userName = useUserName()
  const regions = useRegions()
  const sources = useSources()
  const attributes = useAttributes('client')
  return (stays, goes) => {
    const row = (label: string, of: (client: Client) => string): Compared => ({ label, stays: of(stays), goes: of(goes), becomes: of(stays) || of(goes) })
    const named = (entries: Entry[], key: string | undefined) => entries.find((entry) => entry.key === key)?.name ?? key ?? ''
    const entities = (...cards: Client[]) => cards.flatMap((card) => card.legal_entities ?? []).map((entity) => [entity.name, entity.inn !== undefined && t('legal.inn', { inn: entity.inn })].filter(Boolean).join(', ')).join('\n')
    const status = stays.status === 'active' || goes.status === 'active' ? 'active' : 'potential'
    return [
      row(t('name'), (c) => c.name),
      row(t('kind'), (c) => t(`kinds.${c.kind}`)),
      { label: t('status'), stays: t(`statuses.${stays.status}`), goes: t(`statuses.${goes.status}`), becomes: t(`statuses.${status}`) },
      row(t('owner'), (c) => userName(c.owner_id)),
      row(t('region'), (c) => named(regions, c.region)),
      row(t('source'), (c) => named(sources, c.source)),
      { label: t('details.title'), stays: textOfDetails(stays.details), goes: textOfDetails(goes.details), becomes: textOfDetails(mergedDetails(stays.details, goes.details)) },
      { label: t('legal.title'), stays: entities(stays), goes: entities(goes), becomes: entities(stays, goes) },
      ...comparedAttributes(attributes, stays.attributes, goes.attributes),
    ]
  }
}
