import { Skeleton } from '@mantine/core'
import { Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { ContactPicker, type PickerProps } from '@/ui/pickers'
import { Window } from '@/ui/Window'

import { NewContact } from './NewContact'

interface Props extends Omit<PickerProps, 'onChange'> {
  /** Whose contacts are looked for; without one, everybody's. */
  client: string | null
  /** With a contact comes the client he belongs to, where he has just been entered. */
  onChange: (id: string | null, client?: string) => void
}

/** ContactField chooses a contact, or enters one who is in no directory yet without leaving what one is at (R44). */
export function ContactField({ client, onChange, ...props }: Props) {
  const { t } = useTranslation()
  const [entering, setEntering] = useState<string>()
  const end = () => setEntering(undefined)
  return (
    <>
      <ContactPicker {...props} client={client} onChange={(id) => onChange(id)} onCreate={setEntering} createLabel={(name) => t('pick.newContact', { name })} />
      <Window opened={entering !== undefined} onClose={end} title={t('pick.newContactTitle')} size="lg" zIndex={300}>
        {entering !== undefined && (
          <Suspense fallback={<Skeleton height={240} />}>
            <NewContact name={entering} {...(client === null ? {} : { clientID: client })} onEnd={end} onMade={(contact) => onChange(contact.id, contact.client_id)} />
          </Suspense>
        )}
      </Window>
    </>
  )
}
