import { useTranslation } from 'react-i18next'

import { ClientPicker, type PickerProps } from '@/ui/pickers'

import { NewClient } from './NewClient'
import { useEntering } from './useEntering'

/** ClientField chooses a client, or enters a new one without leaving what one is at (R44). */
export function ClientField(props: PickerProps) {
  const { t } = useTranslation()
  const { name, begin, end, done } = useEntering<[id: string]>(props.onChange)
  return (
    <>
      <ClientPicker {...props} createLabel={(typed) => t('pick.newClient', { name: typed })} {...(begin === undefined ? {} : { onCreate: begin })} />
      <NewClient opened={name !== undefined} name={name} onClose={end} onDone={done} />
    </>
  )
}
