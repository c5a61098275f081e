import { Alert, Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { IconCheck } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api } from '@/api/client'
import { asApiError } from '@/api/problem'
import { useMutation } from '@/api/useMutation'
import { useMe } from '@/app/session'
import { Failure } from '@/ui/Failure'
import { CancelButton, Window } from '@/ui/Window'

import type { Mailbox } from '.'

/** TestWindow sends a test letter from a mailbox, and shows what the mail server said. */
export function TestWindow({ mailbox: { id, name, email }, onClose }: { mailbox: Mailbox; onClose: () => void }) {
  const { t } = useTranslation(['mailboxes', 'common'])
  const [to, setTo] = useState(useMe()?.email ?? '')
  const test = useMutation({ mutationFn: () => answer(api.POST('/api/v1/mailboxes/{id}/test', { params: { path: { id } }, body: { to: to.trim() } })) })
  const wrong = test.isError ? asApiError(test.error).field('/to') : undefined
  return (
    <Window opened loses={false} onClose={onClose} title={t('testOf', { name })}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          test.mutate()
        }}
      >
        <Stack gap="sm">
          <Text size="sm" className="as-typed">
            {t('testText', { address: email })}
          </Text>
          <TextInput data-autofocus type="email" label={t('to')} maxLength={254} autoComplete="off" spellCheck={false} value={to} error={wrong} onChange={(event) => setTo(event.currentTarget.value)} />
          {test.isSuccess && !test.isPending && (
            <Alert color="green" role="status" icon={<IconCheck size={18} aria-hidden />} title={t('taken')}>
              <span className="as-typed">{t('takenText', { from: test.data.from.email, to: test.data.to })}</span>
            </Alert>
          )}
          {test.isError && wrong === undefined && <Failure error={test.error} />}
          <Group justify="flex-end">
            <CancelButton onClick={onClose}>{t('common:close')}</CancelButton>
            <Button type="submit" loading={test.isPending}>
              {t('send')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Window>
  )
}
