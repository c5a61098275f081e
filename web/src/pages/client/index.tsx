import { ActionIcon, Alert, Badge, Button, Group, Menu, Text, TextInput } from '@mantine/core'
import { IconClock, IconDots, IconPhone, IconPlus } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useParams } from 'react-router'

import { keys } from '@/api/keys'
import { asApiError } from '@/api/problem'
import { useBlocks, useRight } from '@/app/session'
import { MissingPage } from '@/app/BrokenPage'
import { Waiting } from '@/app/Waiting'
import { CardHistory } from '@/ui/clients/CardHistory'
import { CaseRows } from '@/ui/clients/CaseRows'
import classes from '@/ui/clients/card.module.css'
import { MergedInto } from '@/ui/clients/MergedInto'
import { useArrived, useTitle } from '@/ui/Page'
import { Failure } from '@/ui/Failure'
import { Files } from '@/ui/files/Files'
import { InteractionDialog, type InteractionAsked } from '@/ui/interactions/InteractionDialog'
import { InPlace } from '@/ui/edit/InPlace'
import { ClientName } from '@/ui/edit/values'

import { useChange, useClient, type Change, type Client } from './card'
import { Contacts, History } from './Around'
import { Details } from './Details'
import { MergeItem, Merging, useDuplicates, useUnmerge } from './Merging'
import { Erasing, PersonalItems } from './Personal'

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
  const blocks = useBlocks()
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
              {blocks.interactions && !client.without?.includes('interactions') && (
                <>
                  <Button variant="default" leftSection={<IconPhone size={16} aria-hidden />} onClick={() => ask({ to: 'record', about })}>
                    {t('record')}
                  </Button>
                  <Button variant="default" onClick={() => ask({ to: 'plan', about })}>
                    {t('plan')}
                  </Button>
                </>
              )}
              <Button component={Link} to={`/accept?client=${client.id}`} leftSection={<IconPlus size={16} aria-hidden />}>
                {t('accept')}
              </Button>
              <Further client={client} />
            </Group>
          )}
        </Group>
        {client.erased_at !== undefined && (
          <Alert color="gray" mt="sm">
            {t('erased')}
          </Alert>
        )}
        {client.merged_into !== undefined && <Merged client={client} into={client.merged_into} works={works} />}
        {editable && <MayBeTwice client={client} />}
      </header>
      <div className={classes.grid}>
        <div className={classes.column}>
          <Details client={client} editable={editable} change={change} />
          <Files of="clients" id={client.id} root={keys.client(client.id)} editable={editable} />
        </div>
        <div className={classes.column}>
          <Contacts client={client} editable={editable} />
          <CaseRows of={{ client: client.id }} />
          <History client={client} editable={editable} ask={ask} />
          <CardHistory of="clients" id={client.id} />
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

/** Further is what is done with a card seldom. */
function Further({ client }: { client: Client }) {
  const { t } = useTranslation('client')
  const [open, setOpen] = useState<'merge' | 'erase'>()
  const close = () => setOpen(undefined)
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="default" size={36} aria-label={t('actions')}>
            <IconDots size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <MergeItem onOpen={() => setOpen('merge')} />
          <PersonalItems client={client} onErase={() => setOpen('erase')} />
        </Menu.Dropdown>
      </Menu>
      <Merging client={client} opened={open === 'merge'} onClose={close} />
      <Erasing client={client} opened={open === 'erase'} onClose={close} />
    </>
  )
}

/** MayBeTwice says that there may be another card of the same client. */
function MayBeTwice({ client }: { client: Client }) {
  const { t } = useTranslation('client')
  const [open, setOpen] = useState(false)
  const alike = useDuplicates(client.id, true)
  // A name that is alike alone says little: those are offered when one merges.
  const others = (alike.data?.items ?? []).filter((one) => one.client !== undefined && (one.reasons ?? []).some((reason) => reason !== 'name'))
  if (others.length === 0) return null
  return (
    <Alert color="yellow" mt="sm" p="xs">
      <Group gap="sm">
        <Text size="sm" className="as-typed">
          {t('maybe', { names: others.map((one) => one.client?.name).join(', ') })}
        </Text>
        <Button size="compact-sm" h={32} variant="default" onClick={() => setOpen(true)}>
          {t('maybeShow')}
        </Button>
      </Group>
      <Merging client={client} opened={open} onClose={() => setOpen(false)} />
    </Alert>
  )
}

function Merged({ client, into, works }: { client: Client; into: string; works: boolean }) {
  const unmerge = useUnmerge()
  return <MergedInto card={<ClientName id={into} />} undo={works && client.erased_at === undefined ? () => unmerge(client.id) : undefined} />
}

function Name({ client, editable, change }: { client: Client; editable: boolean; change: Change }) {
  const { t } = useTranslation('client')
  const heading = useArrived()
  return (
    <InPlace
      bare
      label={t('name')}
      value={client.name}
      editable={editable}
      told={(name) => name}
      shown={(name) => (
        <Text component="h1" ref={heading} id="page-title" tabIndex={-1} fz="h3" fw={650} m={0} className="as-typed">
          {name}
        </Text>
      )}
      input={(draft, set, error) => <TextInput aria-label={t('name')} value={draft} maxLength={200} error={error} onChange={(event) => set(event.currentTarget.value)} />}
      save={(draft, before) => change({ name: draft.trim() }, (c) => c.name, before)}
      problem={(error) => error.field('/name')}
    />
  )
}
