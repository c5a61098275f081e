import { Button, Checkbox, Group, Stack, Text, TextInput } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api, type Schema } from '@/api/client'
import { keys } from '@/api/keys'
import { useRequestKey } from '@/api/useRequestKey'
import { useMe, type Right } from '@/app/session'
import { MomentField } from '@/ui/dates'
import { FormWindow } from '@/ui/edit/FormWindow'
import { useRecordForm } from '@/ui/edit/useRecordForm'

import { Loaded } from './parts'
import { Secret } from './Secret'
import { TokenLines, useEnd } from './users/Access'

const listKey = [...keys.me, 'tokens']

/** OwnTokens is one's own tokens for programs: made here, shown once, ended at any time. */
export default function OwnTokens() {
  const { t } = useTranslation('settings')
  const query = useQuery({ queryKey: listKey, queryFn: () => answer(api.GET('/api/v1/me/tokens')) })
  const end = useEnd(listKey, (id: string) => answer(api.DELETE('/api/v1/me/tokens/{id}', { params: { path: { id } } })), t('access.tokenEnded'))
  const [making, setMaking] = useState(false)
  const [secret, setSecret] = useState<string>()
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Text size="sm" c="dimmed" maw={560}>
          {t('tokens.text')}
        </Text>
        <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setMaking(true)}>
          {t('tokens.new')}
        </Button>
      </Group>
      <Loaded query={query}>
        {(list) => (
          <section className="panel" style={{ padding: '12px 14px' }} aria-label={t('sections.tokens')}>
            <TokenLines tokens={list.items ?? []} none={t('tokens.none')} onEnd={(id) => end.mutate(id)} />
          </section>
        )}
      </Loaded>
      {making && <NewToken onClose={() => setMaking(false)} onMade={setSecret} />}
      {secret !== undefined && <Secret title={t('tokens.secret')} secret={secret} onClose={() => setSecret(undefined)} />}
    </Stack>
  )
}

interface Draft {
  name: string
  expires_at: string | null
  narrowed: boolean
  scopes: ('read' | Right)[]
}

function NewToken({ onClose, onMade }: { onClose: () => void; onMade: (secret: string) => void }) {
  const { t } = useTranslation('settings')
  const queries = useQueryClient()
  const request = useRequestKey()
  const mine = (useMe()?.rights ?? []) as Right[]
  const form = useRecordForm<Draft>({
    start: { name: '', expires_at: null, narrowed: true, scopes: ['read'] },
    write: async ({ name, expires_at, narrowed, scopes }) => {
      const body: Schema<'NewTokenInputBody'> = { name: name.trim(), ...(expires_at === null ? {} : { expires_at }), ...(narrowed ? { scopes } : {}) }
      const made = await answer(api.POST('/api/v1/me/tokens', { params: { header: { 'Idempotency-Key': request.key } }, body })).catch((error: unknown) => {
        request.refused(error)
        throw error
      })
      onMade(made.token)
    },
    onDone: () => {
      void queries.invalidateQueries({ queryKey: listKey })
      onClose()
    },
  })
  const { draft, set, problem } = form
  return (
    <FormWindow title={t('tokens.new')} form={form} onClose={onClose} fieldName={(field) => t(`tokens.fields.${field}`)} shown={(_, value) => String(value)} pointers={['/name', '/expires_at', '/scopes']} submit={t('tokens.make')}>
      <TextInput data-autofocus withAsterisk label={t('tokens.fields.name')} description={t('tokens.nameText')} maxLength={100} autoComplete="off" value={draft.name} error={problem?.field('/name')} onChange={(event) => set({ name: event.currentTarget.value })} />
      <MomentField label={t('tokens.fields.expires_at')} description={t('tokens.expiresText')} value={draft.expires_at} onChange={(expires_at) => set({ expires_at })} error={problem?.field('/expires_at')} />
      <Checkbox label={t('tokens.fields.narrowed')} description={t('tokens.narrowedText')} checked={draft.narrowed} onChange={(event) => set({ narrowed: event.currentTarget.checked })} />
      {draft.narrowed && (
        <Checkbox.Group label={t('tokens.fields.scopes')} value={draft.scopes} onChange={(scopes) => set({ scopes: scopes })} error={problem?.field('/scopes')}>
          <Stack gap={6} mt={4}>
            {(['read', ...mine] as const).map((scope) => (
              <Checkbox key={scope} value={scope} label={t(`scopes.${scope}`)} disabled={scope === 'read'} />
            ))}
          </Stack>
        </Checkbox.Group>
      )}
    </FormWindow>
  )
}
