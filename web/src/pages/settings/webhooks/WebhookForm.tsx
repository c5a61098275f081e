import { Button, Checkbox, Group, SimpleGrid, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'

import { answer, api, versioned, type Schema, type Versioned } from '@/api/client'
import { keys } from '@/api/keys'
import { useRequestKey } from '@/api/useRequestKey'
import { FormWindow } from '@/ui/edit/FormWindow'
import { useRecordForm } from '@/ui/edit/useRecordForm'
import { tell } from '@/ui/tell'

import { eventKinds, type EventKind, type Made, type Webhook } from './webhooks'

interface Draft {
  name: string
  url: string
  kinds: EventKind[]
}

const draftOf = (webhook: Webhook): Draft => ({ name: webhook.name, url: webhook.url, kinds: webhook.kinds })

/** changeOf is what is sent of a draft: the fields that were changed. */
function changeOf(draft: Draft, fields: string[]): Schema<'PatchWebhookInputBody'> {
  return { ...(fields.includes('name') ? { name: draft.name.trim() } : {}), ...(fields.includes('url') ? { url: draft.url.trim() } : {}), ...(fields.includes('kinds') ? { kinds: draft.kinds } : {}) }
}

interface Props {
  /** Missing: a new one is made. */
  webhook?: Versioned<Webhook>
  onClose: () => void
  onMade?: (made: Made) => void
}

/** WebhookForm asks which system is told of what. */
export function WebhookForm({ webhook, onClose, onMade }: Props) {
  const { t } = useTranslation(['webhooks', 'settings', 'common'])
  const queries = useQueryClient()
  const request = useRequestKey()
  const form = useRecordForm<Draft>({
    start: webhook === undefined ? { name: '', url: '', kinds: ['created', 'stage_entered', 'closed', 'reopened'] } : draftOf(webhook.data),
    ...(webhook === undefined
      ? {}
      : {
          etag: webhook.etag,
          read: async () => {
            const { data, etag } = await versioned(api.GET('/api/v1/webhooks/{id}', { params: { path: { id: webhook.data.id } } }))
            return { data: draftOf(data), etag }
          },
        }),
    write: async (draft, etag, fields) => {
      if (webhook !== undefined) return answer(api.PATCH('/api/v1/webhooks/{id}', { params: { path: { id: webhook.data.id }, header: { 'If-Match': etag ?? '*' } }, body: changeOf(draft, fields) }))
      const made = await answer(api.POST('/api/v1/webhooks', { params: { header: { 'Idempotency-Key': request.key } }, body: { name: draft.name.trim(), url: draft.url.trim(), kinds: draft.kinds } })).catch((error: unknown) => {
        request.refused(error)
        throw error
      })
      onMade?.(made)
      return made
    },
    onDone: () => {
      void queries.invalidateQueries({ queryKey: keys.webhooks })
      if (webhook !== undefined) tell.done(t('settings:saved'))
      onClose()
    },
  })
  const { draft, set, problem } = form
  const shown = (field: keyof Draft, value: unknown): string => (field === 'kinds' ? (value as EventKind[]).map((kind) => t(`events.${kind}`)).join(', ') : String(value))
  return (
    <FormWindow title={webhook === undefined ? t('new') : t('edit', { name: webhook.data.name })} form={form} onClose={onClose} size="lg" fieldName={(field) => t(`of.${field}`)} shown={shown} pointers={['/name', '/url', '/kinds']}>
      <TextInput data-autofocus withAsterisk label={t('name')} description={t('nameText')} maxLength={200} autoComplete="off" value={draft.name} error={problem?.field('/name')} onChange={(event) => set({ name: event.currentTarget.value })} />
      <TextInput withAsterisk type="url" inputMode="url" label={t('url')} description={t('urlText')} maxLength={2000} autoComplete="off" spellCheck={false} value={draft.url} error={problem?.field('/url')} onChange={(event) => set({ url: event.currentTarget.value })} />
      <Checkbox.Group label={t('kinds')} withAsterisk value={draft.kinds} onChange={(chosen) => set({ kinds: eventKinds.filter((kind) => chosen.includes(kind)) })} error={problem?.field('/kinds') !== undefined && draft.kinds.length === 0 ? t('common:required') : problem?.field('/kinds')}>
        <Group gap={4} my={4}>
          <Button size="compact-xs" variant="subtle" onClick={() => set({ kinds: eventKinds })}>
            {t('chooseAll')}
          </Button>
          <Button size="compact-xs" variant="subtle" onClick={() => set({ kinds: [] })}>
            {t('chooseNone')}
          </Button>
        </Group>
        <SimpleGrid cols={{ base: 1, sm: 2 }} verticalSpacing={6}>
          {eventKinds.map((kind) => (
            <Checkbox key={kind} value={kind} label={t(`events.${kind}`)} />
          ))}
        </SimpleGrid>
      </Checkbox.Group>
    </FormWindow>
  )
}
