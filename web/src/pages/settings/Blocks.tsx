import { Alert, Button, Group, List, Stack, Switch, Text } from '@mantine/core'
import { IconInfoCircle } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { api, versioned, type Schema, type Versioned } from '@/api/client'
import { keys } from '@/api/keys'
import { asApiError } from '@/api/problem'
import { useMutation } from '@/api/useMutation'
import { Block } from '@/ui/Block'
import { Failure } from '@/ui/Failure'
import { tell } from '@/ui/tell'

import { Loaded, useSure } from './parts'

type Settings = Schema<'Settings'>
type Name = keyof Schema<'Blocks'>

const names: Name[] = ['interactions', 'deals', 'claims']
const read = () => versioned(api.GET('/api/v1/settings'))
const settingsKey = [...keys.settings, 'versioned']

/** Blocks switches parts of the product on and off for the whole company, and says what goes with them (R22). */
export default function Blocks() {
  const { t } = useTranslation('settings')
  const query = useQuery({ queryKey: settingsKey, queryFn: read })
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed" maw={640}>
        {t('blocks.text')}
      </Text>
      <Loaded query={query}>
        {(known) => (
          <>
            {names.map((name) => (
              <BlockSwitch key={name} name={name} known={known} />
            ))}
          </>
        )}
      </Loaded>
    </Stack>
  )
}

function BlockSwitch({ name, known }: { name: Name; known: Versioned<Settings> }) {
  const { t } = useTranslation(['settings', 'common'])
  const queries = useQueryClient()
  const sure = useSure()
  const [asked, setAsked] = useState<boolean>()
  const on = asked ?? known.data.blocks[name]
  const change = useMutation({
    mutationFn: async (next: boolean) => {
      setAsked(next)
      return write(known, name, next)
    },
    onSuccess: async (settings, next) => {
      queries.setQueryData(settingsKey, settings)
      await queries.invalidateQueries({ queryKey: keys.settings })
      tell.done(t(next ? 'blocks.switchedOn' : 'blocks.switchedOff', { name: t(`blocks.${name}.name`) }))
    },
    onSettled: () => setAsked(undefined),
  })
  const open = known.data.open?.[name]
  const counts = open === undefined ? [] : (['open_cases', 'open_tasks', 'planned_interactions'] as const).filter((kind) => open[kind].count > 0)
  const left = counts.map((kind) => t(`blocks.open.${kind}`, { count: open?.[kind].count ?? 0, more: open?.[kind].more === true ? '+' : '' })).join(', ')
  const problem = change.error === null ? undefined : asApiError(change.error)
  const flip = (next: boolean) => {
    if (next) change.mutate(true)
    else sure({ title: t('blocks.offTitle', { name: t(`blocks.${name}.name`) }), text: [t(`blocks.${name}.gone`), left === '' ? '' : t('blocks.offOpen', { left })].filter(Boolean).join(' '), yes: t('blocks.off'), onYes: () => change.mutate(false) })
  }
  return (
    <Block title={t(`blocks.${name}.name`)} actions={<Switch checked={on} disabled={change.isPending} onChange={(event) => flip(event.currentTarget.checked)} aria-label={t(`blocks.${name}.name`)} onLabel={t('blocks.isOn')} offLabel={t('blocks.isOff')} size="md" />}>
      <Text size="sm">{t(`blocks.${name}.text`)}</Text>
      <List size="sm" mt={6} c="dimmed">
        <List.Item>{t(`blocks.${name}.gone`)}</List.Item>
        <List.Item>{t('blocks.kept')}</List.Item>
        {known.data.open !== undefined && <List.Item>{left === '' ? t('blocks.nothingOpen') : t('blocks.nowOpen', { left })}</List.Item>}
      </List>
      {!on && left !== '' && (
        <Alert mt="xs" color="orange" icon={<IconInfoCircle size={18} aria-hidden />}>
          {t('blocks.unseen', { left })}
        </Alert>
      )}
      {problem && (
        <Group mt="xs">
          <Failure error={problem} />
          <Button size="compact-sm" variant="default" onClick={() => void queries.invalidateQueries({ queryKey: keys.settings })}>
            {t('common:retry')}
          </Button>
        </Group>
      )}
    </Block>
  )
}

// Blocks are switched one by one: what somebody else has switched meanwhile stays as he has it.
async function write(known: Versioned<Settings>, name: Name, on: boolean): Promise<Versioned<Settings>> {
  let current = known
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await versioned(
        api.PUT('/api/v1/settings', {
          params: { header: { 'If-Match': current.etag } },
          body: { blocks: { ...current.data.blocks, [name]: on }, confirm: on ? [] : [name] },
        }),
      )
    } catch (thrown) {
      if (asApiError(thrown).status !== 412 || attempt === 4) throw thrown
      current = await read()
    }
  }
}
