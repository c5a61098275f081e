import { Modal, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'

import { SignInForm } from './SignInForm'

// Over every other window, the palette's too.
const overAll = 10_000

/** SignInWindow asks for the password over the page one is on. */
export default function SignInWindow({ onDone, returnTo, login }: { onDone: (user: string) => void; returnTo: string; login: string }) {
  const { t } = useTranslation()
  return (
    <Modal opened onClose={() => undefined} withCloseButton={false} closeOnEscape={false} closeOnClickOutside={false} title={t('expired.title')} zIndex={overAll}>
      <Text mb="md">{t('expired.text')}</Text>
      <SignInForm onDone={onDone} returnTo={returnTo} login={login} />
    </Modal>
  )
}
