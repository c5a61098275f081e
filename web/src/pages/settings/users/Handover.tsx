import { ActionIcon, Alert, Button, Checkbox, Collapse, Group, NumberInput, Stack, Table, Text, Textarea } from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api, newKey, type Schema } from '@/api/client'
import { keys } from '@/api/keys'
import { useUserName } from '@/api/people'
import { asApiError } from '@/api/problem'
import { useMutation } from '@/api/useMutation'
import { useRequestKey } from '@/api/useRequestKey'
import { useMe, useRight } from '@/app/session'
import { Block } from '@/ui/Block'
import { Failure } from '@/ui/Failure'
import { UserPicker } from '@/ui/pickers'
import { tell } from '@/ui/tell'
import { CancelButton, Window } from '@/ui/Window'

import { Loaded } from '../parts'
import classes from '../settings.module.css'

type User = Schema<'User'>
type Work = Schema<'Work'>
type Kind = keyof Work

const kinds: Kind[] = ['clients', 'cases', 'interactions', 'tasks', 'personal', 'assignments', 'given', 'departments']

const total = (work: Work): number => kinds.reduce((sum, kind) => sum + work[kind], 0)

/** OpenWork is what a user has that somebody would have to go on with, and hands it over (R61). */
export function OpenWork({ user }: { user: User }) {
  const { t } = useTranslation('settings')
  const leads = useRight('lead')
  const [handing, setHanding] = useState(false)
  const query = useQuery({ queryKey: [...keys.users, user.id, 'work'], queryFn: () => answer(api.GET('/api/v1/users/{id}/open-work', { params: { path: { id: user.id } } })), enabled: leads })
  if (!leads) return null
  return (
    <Block
      title={t('work.title')}
      actions={
        query.data !== undefined &&
        total(query.data) > 0 && (
          <Button size="compact-sm" variant="light" onClick={() => setHanding(true)}>
            {t('work.handOver')}
          </Button>
        )
      }
    >
      <Loaded query={query}>
        {(work) =>
          total(work) === 0 ? (
            <Text size="sm" c="dimmed">
              {t('work.none')}
            </Text>
          ) : (
            <Group gap="lg">
              {kinds.filter((kind) => work[kind] > 0).map((kind) => (
                <Text size="sm" key={kind}>
                  {t(`work.kinds.${kind}`)}: <b>{work[kind]}</b>
                </Text>
              ))}
            </Group>
          )
        }
      </Loaded>
      {handing && query.data !== undefined && <HandoverForm user={user} work={query.data} onClose={() => setHanding(false)} />}
    </Block>
  )
}

/** Who takes over, and how many parts are his. */
interface Share {
  user: string | null
  share: number
}

const sent = (shares: Share[]): Schema<'ShareBody'>[] => shares.flatMap(({ user, share }) => (user === null ? [] : [{ user_id: user, share }]))

/** HandoverForm says to whom, shows what would go where, and does it all at once. */
function HandoverForm({ user, work, onClose }: { user: User; work: Work; onClose: () => void }) {
  const { t } = useTranslation(['settings', 'common'])
  const queries = useQueryClient()
  const request = useRequestKey()
  const me = useMe()
  const administers = useRight('administer')
  const [to, setTo] = useState<Share[]>([{ user: null, share: 1 }])
  const [others, setOthers] = useState<Partial<Record<Kind, string | null>>>({})
  const [apart, setApart] = useState(false)
  const [reason, setReason] = useState('')
  const [deactivate, setDeactivate] = useState(administers && user.active && user.id !== me?.id)
  const body = (preview: boolean): Schema<'HandoverInputBody'> => ({
    to: sent(to), preview,
    by_kind: Object.fromEntries(kinds.flatMap((kind) => (others[kind] ? [[kind, [{ user_id: others[kind], share: 1 }]]] : []))),
    ...(preview || !deactivate ? {} : { deactivate: true }),
    ...(reason.trim() === '' ? {} : { reason: reason.trim() }),
  })
  const send = (preview: boolean) => answer(api.POST('/api/v1/users/{id}/handover', { params: { path: { id: user.id }, header: { 'Idempotency-Key': preview ? newKey() : request.key } }, body: body(preview) }))
  const named = sent(to).length > 0 || kinds.some((kind) => others[kind])
  const preview = useQuery({ queryKey: [...keys.users, user.id, 'handover', body(true)], queryFn: () => send(true), enabled: named, retry: false, staleTime: 0 })
  const hand = useMutation({
    mutationFn: () => send(false),
    onSuccess: (result) => {
      void queries.invalidateQueries()
      tell.done(t('work.done', { count: total(result.handed), name: user.name }))
      onClose()
    },
    onError: request.refused,
  })
  const change = (at: number, by: Partial<Share>) => setTo(to.map((one, i) => (i === at ? { ...one, ...by } : one)))
  const refused = hand.error ?? preview.error
  const problem = refused === null ? undefined : asApiError(refused)
  return (
    <Window opened onClose={onClose} title={t('work.handOverOf', { name: user.name })} size="xl" closeOnClickOutside={false}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          hand.mutate()
        }}
      >
        <Stack gap="sm">
          <Text size="sm" c="dimmed">
            {t('work.text')}
          </Text>
          {to.map((one, i) => (
            <Group key={i} align="flex-end" wrap="nowrap">
              <div style={{ flex: 1 }}>
                <UserPicker label={to.length === 1 ? t('work.to') : t('work.toNumber', { number: i + 1 })} value={one.user} onChange={(id) => change(i, { user: id })} error={problem?.field(`/to/${i}`)} />
              </div>
              {to.length > 1 && (
                <>
                  <NumberInput w={110} label={t('work.share')} min={1} max={100} value={one.share} onChange={(value) => change(i, { share: Number(value) || 1 })} />
                  <ActionIcon size={36} variant="subtle" color="red" onClick={() => setTo(to.filter((_, j) => j !== i))} aria-label={t('work.without', { number: i + 1 })}>
                    <IconTrash size={16} aria-hidden />
                  </ActionIcon>
                </>
              )}
            </Group>
          ))}
          <Group>
            <Button size="compact-sm" variant="default" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => setTo([...to, { user: null, share: 1 }])}>
              {t('work.another')}
            </Button>
            <Button size="compact-sm" variant="subtle" aria-expanded={apart} onClick={() => setApart(!apart)}>
              {t('work.byKind')}
            </Button>
          </Group>
          <Collapse expanded={apart}>
            <Group grow preventGrowOverflow={false} align="flex-end">
              {kinds.filter((kind) => work[kind] > 0).map((kind) => (
                <div key={kind} style={{ minWidth: 220 }}>
                  <UserPicker label={t('work.kindTo', { kind: t(`work.kinds.${kind}`) })} value={others[kind] ?? null} onChange={(id) => setOthers({ ...others, [kind]: id })} error={problem?.field(`/by_kind/${kind}`)} />
                </div>
              ))}
            </Group>
          </Collapse>
          <Textarea label={t('work.reason')} autosize minRows={2} maxLength={2000} value={reason} error={problem?.field('/reason')} onChange={(event) => setReason(event.currentTarget.value)} />
          {administers && user.active && user.id !== me?.id && <Checkbox label={t('work.deactivate')} checked={deactivate} onChange={(event) => setDeactivate(event.currentTarget.checked)} />}
          {named && preview.data !== undefined && <Preview result={preview.data} />}
          {problem && <Failure error={problem} />}
          <Group justify="flex-end">
            <CancelButton onClick={onClose} />
            <Button type="submit" disabled={!named || preview.data === undefined} loading={hand.isPending}>
              {preview.data === undefined ? t('work.handOver') : t('work.handOverCount', { count: total(preview.data.handed) })}
            </Button>
          </Group>
        </Stack>
      </form>
    </Window>
  )
}

/** Preview is who would get how much of what, and what would stay. */
function Preview({ result }: { result: Schema<'Handover'> }) {
  const { t } = useTranslation('settings')
  const userName = useUserName()
  const told = kinds.filter((kind) => result.handed[kind] + result.left[kind] > 0)
  const people = Object.entries(result.by_user)
  return (
    <section aria-label={t('work.preview')} aria-live="polite">
      <Text fw={600} size="sm">
        {t('work.preview')}
      </Text>
      <div className={classes.matrix} tabIndex={0} role="group" aria-label={t('work.preview')}>
        <Table verticalSpacing={4} fz="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('work.who')}</Table.Th>
              {told.map((kind) => (
                <Table.Th key={kind}>{t(`work.kinds.${kind}`)}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {people.map(([id, work]) => (
              <Table.Tr key={id}>
                <Table.Th scope="row" fw={500}>
                  {userName(id)}
                </Table.Th>
                {told.map((kind) => (
                  <Table.Td key={kind}>{work[kind]}</Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      {total(result.left) > 0 && (
        <Alert color="orange" mt="xs">
          {t('work.left', { what: kinds.filter((kind) => result.left[kind] > 0).map((kind) => `${t(`work.kinds.${kind}`)}: ${result.left[kind]}`).join(', ') })}
        </Alert>
      )}
    </section>
  )
}
