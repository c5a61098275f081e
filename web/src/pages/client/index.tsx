import { Alert, Badge, Button, Group, Text, TextInput } from '@mantine/core'
import { IconClock, IconPhone, IconPlus } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useParams } from 'react-router'

import { keys } from '@/api/keys'
import { asApiError } from '@/api/problem'
import { useRight } from '@/app/session'
import { MissingPage } from '@/app/BrokenPage'
import { Waiting } from '@/app/Waiting'
import { useTitle } from '@/ui/Page'
import { Failure } from '@/ui/Failure'
import { InteractionDialog, type InteractionAsked } from '@/ui/interactions/InteractionDialog'
import { InPlace } from '@/ui/edit/InPlace'

import { useChange, useClient, type Change, type Client } from './card'
import { Cases, Contacts, History } from './Around'
import classes from './client.module.css'
import { Details } from './Details'

/** ClientCard is all that is known of a client: details, people, cases and the whole history (R7, R44, R47). */
export default function ClientCard() {
  const { id = '' } = useParams()
  const found = useClient(id)
  if (found.isPending) return <Waiting />
  if (found.isError && found.data === undefined) {
    return asApiError(found.error).status === 404 ? <MissingPage /> : <Failure error={found.error} onRetry={() => void found.refetch()} />
  }
  return <Card key={id} client={found.data.data} />
}

function Card({ client }: { client: Client }) {
  const { t } = useTranslation('client')
  const works = useRight('work')
  const queries = useQueryClient()
  const change = useChange(client.id)
  const [asked, ask] = useState<InteractionAsked>()
  useTitle(client.name)
  const editable = works && client.erased_at === undefined && client.merged_into === undefined
  const about = { clientID: client.id }
  return (
    <>
      <header className={`panel ${classes.head}`}>
        <Group justify="space-between" gap="sm">
          <div style={{ minWidth: 0, flex: 1 }}>
            <Group gap={6} mb={4}>
              <Badge color="teal">{t(`kinds.${client.kind}`)}</Badge>
              <Badge color={client.status === 'active' ? 'green' : 'gray'}>{t(`statuses.${client.status}`)}</Badge>
              <Group gap={4} wrap="nowrap">
                <IconClock size={15} aria-hidden />
                <Text size="sm">{t('time', { time: client.local_time.slice(11, 16) })}</Text>
              </Group>
            </Group>
            <Name client={client} editable={editable} change={change} />
          </div>
          {editable && (
            <Group gap="xs">
              <Button variant="default" leftSection={<IconPhone size={16} aria-hidden />} onClick={() => ask({ to: 'record', about })}>
                {t('record')}
              </Button>
              <Button variant="default" onClick={() => ask({ to: 'plan', about })}>
                {t('plan')}
              </Button>
              <Button component={Link} to={`/accept?client=${client.id}`} leftSection={<IconPlus size={16} aria-hidden />}>
                {t('accept')}
              </Button>
            </Group>
          )}
        </Group>
        {client.erased_at !== undefined && (
          <Alert color="gray" mt="sm">
            {t('erased')}
          </Alert>
        )}
        {client.merged_into !== undefined && (
          <Alert color="yellow" mt="sm">
            {t('merged')} <Link to={`/clients/${client.merged_into}`}>{t('mergedInto')}</Link>
          </Alert>
        )}
      </header>
      <div className={classes.grid}>
        <div className={classes.column}>
          <Details client={client} editable={editable} change={change} />
        </div>
        <div className={classes.column}>
          <Contacts client={client} editable={editable} />
          <Cases client={client} />
          <History client={client} />
        </div>
      </div>
      <InteractionDialog
        asked={asked}
        onClose={() => {
          ask(undefined)
          void queries.invalidateQueries({ queryKey: keys.client(client.id) })
        }}
      />
    </>
  )
}

function Name({ client, editable, change }: { client: Client; editable: boolean; change: Change }) {
  const { t } = useTranslation('client')
  return (
    <InPlace
      bare
      label={t('name')}
      value={client.name}
      editable={editable}
      shown={(name) => (
        <Text component="h1" fz="h3" fw={650} m={0} className="as-typed">
          {name}
        </Text>
      )}
      input={(draft, set, error) => <TextInput aria-label={t('name')} value={draft} maxLength={200} error={error} onChange={(event) => set(event.currentTarget.value)} />}
      save={(draft, before) => change({ name: draft.trim() }, (c) => c.name, before)}
      problem={(error) => error.field('/name')}
    />
  )
}
