import { Modal, Text } from '@mantine/core'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'

import { opened, place } from '@/ui/windows'

import { SignInForm } from './SignInForm'

// Over every other window, the palette's too.
const overAll = 10_000

/** SignInWindow asks for the password over the page one is on. */
export default function SignInWindow({ onDone, returnTo, login }: { onDone: (user: string) => void; returnTo: string; login: string }) {
  const { t } = useTranslation()
  // What waits beneath stays as it is.
  useEffect(() => opened({ at: place(), loses: () => false, holds: true, close: () => undefined }), [])
  return (
    <Modal opened onClose={() => undefined} withCloseButton={false} closeOnEscape={false} closeOnClickOutside={false} title={t('expired.title')} zIndex={overAll}>
      <Text mb="md">{t('expired.text')}</Text>
      <SignInForm onDone={onDone} returnTo={returnTo} login={login} />
    </Modal>
  )
}
