import { Button, Group, Text, TextInput } from '@mantine/core'
import { IconPhone } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useParams } from 'react-router'

import { keys } from '@/api/keys'
import { asApiError } from '@/api/problem'
import { MissingPage } from '@/app/BrokenPage'
import { useBlocks, useRight } from '@/app/session'
import { Waiting } from '@/app/Waiting'
import { CaseRows } from '@/ui/clients/CaseRows'
import { CardHistory } from '@/ui/clients/CardHistory'
import classes from '@/ui/clients/card.module.css'
import { MergedInto } from '@/ui/clients/MergedInto'
import { InPlace } from '@/ui/edit/InPlace'
import { ClientName, ContactName } from '@/ui/edit/values'
import { Failure } from '@/ui/Failure'
import { Files } from '@/ui/files/Files'
import { InteractionDialog, type InteractionAsked } from '@/ui/interactions/InteractionDialog'
import { useArrived, useTitle } from '@/ui/Page'

import { Interactions } from './Around'
import { useChange, useContact, type Change, type Contact } from './card'
import { Details } from './Details'
import { Merging, useUnmerge } from './Merging'

/** ContactCard is all that is known of a person at a client: how he is reached, what has been with him and what is planned (R44, R45, R47). */
export default function ContactCard() {
  const { id = '' } = useParams()
  const found = useContact(id)
  if (found.isPending) return <Waiting />
  if (found.isError && found.data === undefined) {
    return asApiError(found.error).status === 404 ? <MissingPage /> : <Failure error={found.error} onRetry={() => void found.refetch()} />
  }
  return <Card key={id} contact={found.data.data} />
}

function Card({ contact }: { contact: Contact }) {
  const { t } = useTranslation('contact')
  const works = useRight('work')
  const blocks = useBlocks()
  const queries = useQueryClient()
  const change = useChange(contact.id)
  const [asked, ask] = useState<InteractionAsked>()
  useTitle(contact.name)
  const editable = works && contact.merged_into === undefined
  const about = { clientID: contact.client_id, contactID: contact.id }
  return (
    <>
      <header className={`panel ${classes.head}`}>
        <Group justify="space-between" gap="sm">
          <div style={{ minWidth: 0, flex: '1 1 260px' }}>
            <Name contact={contact} editable={editable} change={change} />
            <Group gap={8}>
              {contact.position !== undefined && (
                <Text size="sm" className="as-typed">
                  {contact.position}
                </Text>
              )}
              <Text size="sm" component="div">
                <ClientName id={contact.client_id} />
              </Text>
            </Group>
          </div>
          {editable && (
            <Group gap="xs">
              {blocks.interactions && (
                <>
                  <Button variant="default" leftSection={<IconPhone size={16} aria-hidden />} onClick={() => ask({ to: 'record', about })}>
                    {t('record')}
                  </Button>
                  <Button variant="default" onClick={() => ask({ to: 'plan', about })}>
                    {t('plan')}
                  </Button>
                </>
              )}
              <Merging contact={contact} />
            </Group>
          )}
        </Group>
        {contact.merged_into !== undefined && <Merged contact={contact} into={contact.merged_into} works={works} />}
      </header>
      <div className={classes.grid}>
        <div className={classes.column}>
          <Details contact={contact} editable={editable} change={change} />
          <Files of="contacts" id={contact.id} root={keys.contact(contact.id)} editable={editable} />
        </div>
        <div className={classes.column}>
          {blocks.interactions && <Interactions contact={contact} editable={editable} ask={ask} />}
          <CaseRows of={{ contact: contact.id }} />
          <CardHistory of="contacts" id={contact.id} />
        </div>
      </div>
      <InteractionDialog
        asked={asked}
        onClose={() => {
          ask(undefined)
          void queries.invalidateQueries({ queryKey: keys.contact(contact.id) })
        }}
      />
    </>
  )
}

function Merged({ contact, into, works }: { contact: Contact; into: string; works: boolean }) {
  const unmerge = useUnmerge()
  return <MergedInto card={<ContactName id={into} />} undo={works ? () => unmerge(contact.id) : undefined} />
}

function Name({ contact, editable, change }: { contact: Contact; editable: boolean; change: Change }) {
  const { t } = useTranslation('contact')
  const heading = useArrived()
  return (
    <InPlace
      bare
      label={t('name')}
      value={contact.name}
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
