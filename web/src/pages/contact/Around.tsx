import { useTranslation } from 'react-i18next'

import { answer, api } from '@/api/client'
import { keys } from '@/api/keys'
import { Block } from '@/ui/Block'
import { InteractionEntry } from '@/ui/interactions/InteractionEntry'
import type { InteractionAsked } from '@/ui/interactions/InteractionDialog'
import { ShortList } from '@/ui/ShortList'
import { useList } from '@/ui/useList'

import type { Contact } from './card'

interface Props {
  contact: Contact
  editable: boolean
  ask: (asked: InteractionAsked) => void
}

/** Interactions are those with a contact, or in which he takes part: what is planned, the soonest first, and below it what has been (R5, R47). */
export function Interactions({ contact, editable, ask }: Props) {
  const { t } = useTranslation('contact')
  const planned = useList([...keys.interactions, 'planned with', contact.id], (after) => answer(api.GET('/api/v1/interactions', { params: { query: { contact: contact.id, status: 'planned', limit: 50, ...(after === undefined ? {} : { after }) } } })))
  const all = useList([...keys.interactions, 'with', contact.id], (after) => answer(api.GET('/api/v1/interactions', { params: { query: { contact: contact.id, order: 'newest', limit: 30, ...(after === undefined ? {} : { after }) } } })))
  const ahead = planned.data?.pages.flatMap((page) => page.items ?? []) ?? []
  const past = (all.data?.pages.flatMap((page) => page.items ?? []) ?? []).filter((interaction) => interaction.status !== 'planned')
  return (
    <Block title={t('interactions.title')}>
      {ahead.map((interaction) => (
        <InteractionEntry key={interaction.id} interaction={interaction} editable={editable} ask={ask} />
      ))}
      <ShortList list={all} empty={ahead.length + past.length === 0 ? t('interactions.none') : undefined}>
        {past.map((interaction) => (
          <InteractionEntry key={interaction.id} interaction={interaction} editable={editable} ask={ask} />
        ))}
      </ShortList>
    </Block>
  )
}
