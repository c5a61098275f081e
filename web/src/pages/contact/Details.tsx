import { Stack, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'

import { useSources } from '@/api/directories'
import { useFormat } from '@/i18n/useFormat'
import { Block } from '@/ui/Block'
import { Chosen } from '@/ui/clients/Chosen'
import { OwnAttributes } from '@/ui/clients/OwnAttributes'
import { Reach } from '@/ui/clients/Reach'
import { DayField } from '@/ui/dates'
import { InPlace } from '@/ui/edit/InPlace'
import { ClientName } from '@/ui/edit/values'
import { ClientPicker } from '@/ui/pickers'

import type { Change, Contact } from './card'

/** Details are what is written of a contact: how he is reached, who he is, and own attributes (R44, R45). */
export function Details({ contact, editable, change }: { contact: Contact; editable: boolean; change: Change }) {
  const { t } = useTranslation('contact')
  const format = useFormat()
  const sources = useSources()
  return (
    <>
      <Reach details={contact.details ?? []} editable={editable} save={(details, before) => change({ details }, (c) => c.details ?? [], before)} />
      <Block title={t('about')}>
        <Stack gap={8}>
          <InPlace
            label={t('client')}
            value={contact.client_id}
            editable={editable}
            shown={(id) => <ClientName id={id} />}
            input={(draft, set, error) => <ClientPicker aria-label={t('client')} value={draft} onChange={(id) => id !== null && set(id)} error={error} description={t('moveHint')} clearable={false} />}
            confirmed
            save={(draft, before) => change({ client_id: draft }, (c) => c.client_id, before)}
            problem={(error) => error.field('/client_id')}
          />
          <InPlace
            label={t('position')}
            value={contact.position ?? ''}
            editable={editable}
            shown={(position) => position}
            input={(draft, set, error) => <TextInput aria-label={t('position')} value={draft} maxLength={200} error={error} onChange={(event) => set(event.currentTarget.value)} />}
            save={(draft, before) => change({ position: draft.trim() }, (c) => c.position ?? '', before)}
            problem={(error) => error.field('/position')}
          />
          <InPlace
            label={t('birthDate')}
            value={contact.birth_date ?? ''}
            editable={editable}
            shown={(day) => day !== '' && format.calendarDate(day)}
            input={(draft, set, error) => <DayField aria-label={t('birthDate')} value={draft === '' ? null : draft} onChange={(day) => set(day ?? '')} error={error} />}
            save={(draft, before) => change({ birth_date: draft }, (c) => c.birth_date ?? '', before)}
            problem={(error) => error.field('/birth_date')}
          />
          <Chosen label={t('source')} entries={sources} value={contact.source} editable={editable} save={(source, before) => change({ source }, (c) => c.source ?? '', before)} pointer="/source" />
          <OwnAttributes subject="contact" values={contact.attributes} editable={editable} save={(key, value, before) => change({ attributes: { [key]: value } }, (c) => c.attributes[key] ?? null, before)} />
        </Stack>
      </Block>
    </>
  )
}
