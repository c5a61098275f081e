import { Button, Loader } from '@mantine/core'
import { IconArrowMerge } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'

import { answer, api, newKey } from '@/api/client'
import { useAttributes, useSources } from '@/api/directories'
import { keys } from '@/api/keys'
import { useFormat } from '@/i18n/useFormat'
import { comparedAttributes } from '@/ui/clients/comparedAttributes'
import { mergedDetails, textOfDetails } from '@/ui/clients/merged'
import { MergeWindow, tellMerged, type Compared } from '@/ui/clients/MergeWindow'
import { Failure } from '@/ui/Failure'
import { ContactPicker } from '@/ui/pickers'
import { tell } from '@/ui/tell'

import type { Contact } from './card'

/** Merging makes one card of two of the same person, who is at the same client. */
export function Merging({ contact }: { contact: Contact }) {
  const { t } = useTranslation('contact')
  const [open, setOpen] = useState(false)
  const navigate = useNavigate()
  const again = useAgain()
  const unmerge = useUnmerge()
  const compare = useCompare()
  const alike = useQuery({
    queryKey: [...keys.contact(contact.id), 'duplicates'],
    queryFn: () => answer(api.GET('/api/v1/contacts/{id}/duplicates', { params: { path: { id: contact.id } } })),
    enabled: open,
  })
  const choose = (id: string | null, onChosen: (card: Contact) => void) => {
    if (id === null || id === contact.id) return
    void answer(api.GET('/api/v1/contacts/{id}', { params: { path: { id } } })).then(onChosen, tell.problem)
  }
  return (
    <>
      <Button variant="default" leftSection={<IconArrowMerge size={16} aria-hidden />} onClick={() => setOpen(true)}>
        {t('merge.open')}
      </Button>
      <MergeWindow
        opened={open}
        onClose={() => setOpen(false)}
        title={t('merge.title')}
        text={t('merge.text')}
        shown={contact}
        alike={(alike.data?.items ?? []).map((one) => ({ card: one.contact, reasons: one.reasons ?? [] }))}
        waits={alike.isPending}
        alikeState={alike.isPending ? <Loader size="sm" aria-label={t('loading')} /> : alike.isError ? <Failure error={alike.error} onRetry={() => void alike.refetch()} /> : null}
        picker={(onChosen, begins) => <ContactPicker begins={begins} label={t('merge.other')} client={contact.client_id} value={null} onChange={(id) => choose(id, onChosen)} />}
        compare={compare}
        merge={(into, from, key) => answer(api.POST('/api/v1/contacts/{id}/merge', { params: { path: { id: into }, header: { 'Idempotency-Key': key } }, body: { from } }))}
        onMerged={(into, from) => {
          again()
          void navigate(`/contacts/${into.id}`)
          tellMerged(t('merge.done', { name: into.name }), () => unmerge(from.id))
        }}
      />
    </>
  )
}

function useAgain(): () => void {
  const queries = useQueryClient()
  return () => {
    for (const key of [keys.contacts, ['contact'], ['client'], keys.interactions, keys.cases, keys.case]) void queries.invalidateQueries({ queryKey: key })
  }
}

/** useUnmerge gives a card that was taken in back what it had. */
export function useUnmerge(): (from: string) => Promise<void> {
  const { t } = useTranslation('contact')
  const again = useAgain()
  return async (from) => {
    await answer(api.POST('/api/v1/contacts/{id}/unmerge', { params: { path: { id: from }, header: { 'Idempotency-Key': newKey() } } }))
    again()
    tell.done(t('merge.undone'))
  }
}

/** useCompare tells what each of two cards has, and what the merged one has of both: where the one that stays has nothing, what the other has. */
function useCompare(): (stays: Contact, goes: Contact) => Compared[] {
  const { t } = useTranslation(['contact', 'client'])
  const format = useFormat()
  const sources = useSources()
  const attributes = useAttributes('contact')
  return (stays, goes) => {
    const row = (label: string, of: (contact: Contact) => string): Compared => ({ label, stays: of(stays), goes: of(goes), becomes: of(stays) || of(goes) })
    const sourceName = (key: string | undefined) => sources.find((source) => source.key === key)?.name ?? key ?? ''
    return [
      row(t('name'), (c) => c.name),
      row(t('position'), (c) => c.position ?? ''),
      row(t('birthDate'), (c) => (c.birth_date === undefined ? '' : format.calendarDate(c.birth_date))),
      row(t('source'), (c) => sourceName(c.source)),
      { label: t('client:details.title'), stays: textOfDetails(stays.details), goes: textOfDetails(goes.details), becomes: textOfDetails(mergedDetails(stays.details, goes.details)) },
      ...comparedAttributes(attributes, stays.attributes, goes.attributes),
    ]
  }
}
