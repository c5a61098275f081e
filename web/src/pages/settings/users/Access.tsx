import { Badge, Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api, type Schema } from '@/api/client'
import { keys } from '@/api/keys'
import { useMutation } from '@/api/useMutation'
import { useRequestKey } from '@/api/useRequestKey'
import { When } from '@/ui/bits'
import { Block } from '@/ui/Block'
import { tell } from '@/ui/tell'

import { FormWindow } from '@/ui/edit/FormWindow'
import { Loaded, useSure } from '../parts'
import { useRecordForm } from '@/ui/edit/useRecordForm'

interface Props {
  userID: string
}

/** useEnd ends something of a user's access, and has that part of his card read again. */
export function useEnd<T>(key: readonly unknown[], end: (what: T) => Promise<unknown>, done: string) {
  const queries = useQueryClient()
  return useMutation({ mutationFn: end, onSuccess: () => tell.done(done), onError: tell.problem, onSettled: () => queries.invalidateQueries({ queryKey: key }) })
}

/** Sessions is where a user is signed in; each can be ended, and all of them. */
export function Sessions({ userID }: Props) {
  const { t } = useTranslation('settings')
  const key = [...keys.users, userID, 'sessions']
  const query = useQuery({ queryKey: key, queryFn: () => answer(api.GET('/api/v1/users/{id}/sessions', { params: { path: { id: userID } } })) })
  const sure = useSure()
  const end = useEnd(key, (session: string) => answer(api.DELETE('/api/v1/users/{id}/sessions/{session}', { params: { path: { id: userID, session } } })), t('access.sessionEnded'))
  const endAll = useEnd(key, () => answer(api.DELETE('/api/v1/users/{id}/sessions', { params: { path: { id: userID } } })), t('access.allEnded'))
  const items = query.data?.items ?? []
  return (
    <Block
      title={t('access.sessions')}
      actions={
        items.length > 0 && (
          <Button size="compact-sm" variant="subtle" color="red" onClick={() => sure({ title: t('access.endAllTitle'), text: t('access.endAllText'), yes: t('access.endAll'), onYes: () => endAll.mutate(undefined) })}>
            {t('access.endAll')}
          </Button>
        )
      }
    >
      <Loaded query={query}>
        {() => (
          <Stack gap={8}>
            {items.length === 0 && <None text={t('access.noSessions')} />}
            {items.map((session) => (
              <Line
                key={session.id}
                title={session.agent ?? t('access.unknownAgent')}
                badge={session.current ? t('access.thisOne') : undefined}
                about={
                  <>
                    {session.last_used_at === undefined ? t('access.never') : <>{t('access.lastUsed')} <When at={session.last_used_at} relative /></>}
                    {session.address !== undefined && ` · ${session.address}`}
                  </>
                }
                action={t('access.end')}
                label={t('access.endOf', { name: session.agent ?? t('access.unknownAgent') })}
                onAction={() => end.mutate(session.id)}
              />
            ))}
          </Stack>
        )}
      </Loaded>
    </Block>
  )
}

/** Tokens is a user's tokens for programs; they can be ended here, and are made by himself only. */
export function Tokens({ userID }: Props) {
  const { t } = useTranslation('settings')
  const key = [...keys.users, userID, 'tokens']
  const query = useQuery({ queryKey: key, queryFn: () => answer(api.GET('/api/v1/users/{id}/tokens', { params: { path: { id: userID } } })) })
  const end = useEnd(key, (token: string) => answer(api.DELETE('/api/v1/users/{id}/tokens/{token}', { params: { path: { id: userID, token } } })), t('access.tokenEnded'))
  return (
    <Block title={t('access.tokens')}>
      <Loaded query={query}>{(list) => <TokenLines tokens={list.items ?? []} none={t('access.noTokens')} onEnd={(id) => end.mutate(id)} />}</Loaded>
    </Block>
  )
}

interface TokenLinesProps {
  tokens: Schema<'Token'>[]
  /** What is said when there are none. */
  none: string
  onEnd: (id: string) => void
}

/** TokenLines lists tokens for programs: what each may do, when it was used, and its end. */
export function TokenLines({ tokens, none, onEnd }: TokenLinesProps) {
  const { t } = useTranslation('settings')
  const sure = useSure()
  return (
    <Stack gap={8}>
      {tokens.length === 0 && <None text={none} />}
      {tokens.map((token) => (
        <Line
          key={token.id}
          title={token.name}
          badge={token.scopes === undefined || token.scopes === null ? t('access.allScopes') : token.scopes.map((scope) => t(`scopes.${scope}`)).join(', ')}
          about={
            <>
              {token.last_used_at === undefined ? t('access.never') : <>{t('access.lastUsed')} <When at={token.last_used_at} relative /></>} {' · '}
              {t('access.until')} <When at={token.expires_at} />
            </>
          }
          action={t('access.revoke')}
          label={t('access.revokeOf', { name: token.name })}
          onAction={() => sure({ title: t('access.revokeTitle', { name: token.name }), text: t('access.revokeText'), yes: t('access.revoke'), onYes: () => onEnd(token.id) })}
        />
      ))}
    </Stack>
  )
}

/** Identities is what a user signs in with at OpenID Connect providers. */
export function Identities({ userID }: Props) {
  const { t } = useTranslation('settings')
  const key = [...keys.users, userID, 'identities']
  const query = useQuery({ queryKey: key, queryFn: () => answer(api.GET('/api/v1/users/{id}/identities', { params: { path: { id: userID } } })) })
  const sure = useSure()
  const [linking, setLinking] = useState(false)
  const end = useEnd(key, (identity: string) => answer(api.DELETE('/api/v1/users/{id}/identities/{identity}', { params: { path: { id: userID, identity } } })), t('access.unlinked'))
  return (
    <Block
      title={t('access.identities')}
      actions={
        <Button size="compact-sm" variant="subtle" onClick={() => setLinking(true)}>
          {t('access.link')}
        </Button>
      }
    >
      <Loaded query={query}>
        {(list) => (
          <Stack gap={8}>
            {(list.items ?? []).length === 0 && <None text={t('access.noIdentities')} />}
            {(list.items ?? []).map((identity) => (
              <Line
                key={identity.id}
                title={identity.subject}
                about={
                  <>
                    {identity.issuer} · {t('access.linkedAt')} <When at={identity.linked_at} />
                  </>
                }
                action={t('access.unlink')}
                label={t('access.unlinkOf', { name: identity.subject })}
                onAction={() => sure({ title: t('access.unlinkTitle', { name: identity.subject }), text: t('access.unlinkText'), yes: t('access.unlink'), onYes: () => end.mutate(identity.id) })}
              />
            ))}
          </Stack>
        )}
      </Loaded>
      {linking && <LinkForm userID={userID} listKey={key} onClose={() => setLinking(false)} />}
    </Block>
  )
}

function LinkForm({ userID, listKey, onClose }: Props & { listKey: readonly unknown[]; onClose: () => void }) {
  const { t } = useTranslation('settings')
  const queries = useQueryClient()
  const request = useRequestKey()
  const form = useRecordForm({
    start: { issuer: '', subject: '' },
    write: (body) =>
      answer(api.POST('/api/v1/users/{id}/identities', { params: { path: { id: userID }, header: { 'Idempotency-Key': request.key } }, body })).catch((error: unknown) => {
        request.refused(error)
        throw error
      }),
    onDone: () => {
      void queries.invalidateQueries({ queryKey: listKey })
      tell.done(t('saved'))
      onClose()
    },
  })
  const { draft, set, problem } = form
  return (
    <FormWindow title={t('access.linkTitle')} form={form} onClose={onClose} fieldName={(field) => t(`access.fields.${field}`)} shown={(_, value) => String(value)} pointers={['/issuer', '/subject']} submit={t('access.link')}>
      <TextInput data-autofocus withAsterisk label={t('access.fields.issuer')} description={t('access.issuerText')} inputMode="url" autoComplete="off" value={draft.issuer} error={problem?.field('/issuer')} onChange={(event) => set({ issuer: event.currentTarget.value.trim() })} />
      <TextInput withAsterisk label={t('access.fields.subject')} description={t('access.subjectText')} autoComplete="off" value={draft.subject} error={problem?.field('/subject')} onChange={(event) => set({ subject: event.currentTarget.value.trim() })} />
    </FormWindow>
  )
}

interface LineProps {
  title: string
  badge?: string | undefined
  about: ReactNode
  action: string
  label: string
  onAction: () => void
}

function Line({ title, badge, about, action, label, onAction }: LineProps) {
  return (
    <Group justify="space-between" wrap="nowrap" gap="sm">
      <div style={{ minWidth: 0 }}>
        <Text size="sm" className="as-typed" component="div">
          {title} {badge !== undefined && <Badge color="blue">{badge}</Badge>}
        </Text>
        <Text size="xs" c="dimmed" component="div" className="as-typed">
          {about}
        </Text>
      </div>
      <Button size="compact-sm" variant="subtle" color="red" onClick={onAction} aria-label={label} style={{ flexShrink: 0 }}>
        {action}
      </Button>
    </Group>
  )
}

function None({ text }: { text: string }) {
  return (
    <Text size="sm" c="dimmed">
      {text}
    </Text>
  )
}
