import { Center, Loader } from '@mantine/core'
import { useTranslation } from 'react-i18next'

/** Waiting stands where something is being loaded. */
export function Waiting() {
  const { t } = useTranslation()
  return (
    <Center mih={240}>
      <Loader aria-label={t('loading')} />
    </Center>
  )
}
