import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { ClientPicker, type PickerProps } from '@/ui/pickers'

import { NewClient } from './NewClient'

/** ClientField chooses a client, or enters a new one without leaving what one is at (R44). */
export function ClientField(props: PickerProps) {
  const { t } = useTranslation()
  const [entering, setEntering] = useState<string>()
  const end = () => setEntering(undefined)
  return (
    <>
      <ClientPicker {...props} onCreate={setEntering} createLabel={(name) => t('pick.newClient', { name })} />
      <NewClient
        opened={entering !== undefined}
        name={entering}
        onClose={end}
        onDone={(id) => {
          end()
          props.onChange(id)
        }}
      />
    </>
  )
}
