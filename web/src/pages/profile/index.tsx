import { Stack } from '@mantine/core'
import { useTranslation } from 'react-i18next'

import { Page } from '@/ui/Page'

import { About } from './About'
import { Absences } from './Absences'
import { Keys } from './Keys'
import { Letters } from './Letters'
import { Password } from './Password'
import { Sessions } from './Sessions'
import { Tokens } from './Tokens'

/** Profile is about oneself: contacts, letters, absences, and where one and one's programs are signed in (R66). */
export default function Profile() {
  const { t } = useTranslation('profile')
  return (
    <Page title={t('title')} wide={false}>
      <Stack gap="md">
        <About />
        <Letters />
        <Keys />
        <Absences />
        <Sessions />
        <Tokens />
        <Password />
      </Stack>
    </Page>
  )
}
