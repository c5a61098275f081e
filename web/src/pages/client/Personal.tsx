import { Alert, List, Menu, Text, Textarea, TextInput } from '@mantine/core'
import { IconDownload, IconEraser } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api } from '@/api/client'
import { asApiError } from '@/api/problem'
import { useMutation } from '@/api/useMutation'
import { useRequestKey } from '@/api/useRequestKey'
import { useRight } from '@/app/session'
import { useFormat } from '@/i18n/useFormat'
import { SmallForm } from '@/ui/SmallForm'
import { tell } from '@/ui/tell'
import { Window } from '@/ui/Window'

import type { Client } from './card'

/** PersonalItems are what the law lets a person ask for: all that is held on him, and that it is taken away. */
export function PersonalItems({ client, onErase }: { client: Client; onErase: () => void }) {
  const { t } = useTranslation('client')
  const leads = useRight('lead')
  const administers = useRight('administer')
  return (
    <>
      {leads && (
        <Menu.Item component="a" href={`/api/v1/clients/${client.id}/personal-data`} download leftSection={<IconDownload size={16} aria-hidden />}>
          {t('personal.export')}
        </Menu.Item>
      )}
      {administers && (
        <Menu.Item color="red" leftSection={<IconEraser size={16} aria-hidden />} onClick={onErase}>
          {t('personal.erase')}
        </Menu.Item>
      )}
    </>
  )
}

/** Erasing takes away for good what is personal to a client, once his name has been typed. */
export function Erasing({ client, opened, onClose }: { client: Client; opened: boolean; onClose: () => void }) {
  const { t } = useTranslation('client')
  return (
    <Window opened={opened} onClose={onClose} title={t('personal.erase')} size="lg">
      {opened && <EraseForm client={client} onClose={onClose} />}
    </Window>
  )
}

function EraseForm({ client, onClose }: { client: Client; onClose: () => void }) {
  const { t } = useTranslation('client')
  const format = useFormat()
  const queries = useQueryClient()
  const request = useRequestKey()
  const [reason, setReason] = useState('')
  const [confirmation, setConfirmation] = useState('')
  const erase = useMutation({
    mutationFn: () => answer(api.POST('/api/v1/clients/{id}/erase', { params: { path: { id: client.id }, header: { 'Idempotency-Key': request.key } }, body: { reason: reason.trim(), confirmation } })),
    onSuccess: async ({ counts }) => {
      onClose()
      tell.done(t('personal.erased', { records: format.number(String(Object.values(counts).reduce((sum, n) => sum + n, 0))) }))
      await queries.invalidateQueries()
    },
    onError: request.refused,
  })
  const problem = erase.error === null ? undefined : asApiError(erase.error)
  return (
    <SmallForm problem={problem} busy={erase.isPending} ready={reason.trim() !== '' && confirmation === client.name} submit={t('personal.submit')} onSubmit={() => erase.mutate()} onCancel={onClose}>
      <Alert color="red" title={t('personal.forGood')}>
        <List size="sm">
          <List.Item>{t('personal.goes')}</List.Item>
          <List.Item>{t('personal.stays')}</List.Item>
          <List.Item>{t('personal.openCases')}</List.Item>
        </List>
      </Alert>
      <Textarea label={t('personal.reason')} description={t('personal.reasonHint')} required maxLength={500} autosize minRows={2} value={reason} error={problem?.field('/reason')} onChange={(event) => setReason(event.currentTarget.value)} />
      <Text size="sm" className="as-typed">
        {t('personal.type')} <b>{client.name}</b>
      </Text>
      <TextInput label={t('personal.confirmation')} required autoComplete="off" value={confirmation} error={problem?.field('/confirmation')} onChange={(event) => setConfirmation(event.currentTarget.value)} />
    </SmallForm>
  )
}
