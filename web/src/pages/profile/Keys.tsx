import { Switch } from '@mantine/core'
import { useTranslation } from 'react-i18next'

import { Block } from '@/ui/Block'
import { useSingleKeys } from '@/ui/singleKeys'

/** Keys turns off the keys that are a single character. */
export function Keys() {
  const { t } = useTranslation('profile')
  const [on, set] = useSingleKeys()
  return (
    <Block title={t('keys.title')}>
      <Switch label={t('keys.single')} description={t('keys.text')} checked={on} onChange={(event) => set(event.currentTarget.checked)} />
    </Block>
  )
}
