import { Skeleton } from '@mantine/core'
import { Suspense } from 'react'
import { useTranslation } from 'react-i18next'

import { ContactPicker, type PickerProps } from '@/ui/pickers'
import { Window } from '@/ui/Window'

import { NewContact } from './NewContact'
import { useEntering } from './useEntering'

interface Props extends Omit<PickerProps, 'onChange'> {
  /** Whose contacts are looked for; without one, everybody's. */
  client: string | null
  /** With a contact comes the client he belongs to, where he has just been entered. */
  onChange: (id: string | null, client?: string) => void
}

/** ContactField chooses a contact, or enters one who is in no directory yet without leaving what one is at (R44). */
export function ContactField({ client, onChange, ...props }: Props) {
  const { t } = useTranslation()
  const { name, begin, end, done } = useEntering<[id: string, client: string]>(onChange)
  return (
    <>
      <ContactPicker {...props} client={client} onChange={(id) => onChange(id)} createLabel={(typed) => t('pick.newContact', { name: typed })} {...(begin === undefined ? {} : { onCreate: begin })} />
      <Window opened={name !== undefined} onClose={end} title={t('newContact')} size="lg" zIndex={300}>
        {name !== undefined && (
          <Suspense fallback={<Skeleton height={240} />}>
            <NewContact name={name} {...(client === null ? {} : { clientID: client })} onEnd={end} onMade={(contact) => done(contact.id, contact.client_id)} />
          </Suspense>
        )}
      </Window>
    </>
  )
}
