import { Button, Group, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { useUserName } from '@/api/people'
import { UserPicker } from '@/ui/pickers'
import { sendByKey } from '@/ui/sendByKey'
import { CancelButton, Window } from '@/ui/Window'

/** DelegateDialog asks to whom tasks are handed. */
export function DelegateDialog({ count, opened, onClose, onChosen }: { count: number; opened: boolean; onClose: () => void; onChosen: (userID: string) => void }) {
  const { t } = useTranslation('tasks')
  const userName = useUserName()
  const [to, setTo] = useState<string | null>(null)
  return (
    <Window opened={opened} onClose={onClose} title={t('delegateTitle', { count })}>
      <form
        noValidate
        onKeyDown={sendByKey}
        onSubmit={(event) => {
          event.preventDefault()
          if (to === null) return
          onClose()
          setTo(null)
          onChosen(to)
        }}
      >
        <Stack>
          <UserPicker others label={t('delegateTo')} value={to} onChange={setTo} required />
          {count > 1 && to !== null && (
            <Text size="sm" role="status" className="as-typed">
              {t('delegateSure', { count, name: userName(to) })}
            </Text>
          )}
          <Group justify="flex-end">
            <CancelButton onClick={onClose} />
            <Button type="submit" disabled={to === null}>
              {t('delegate')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Window>
  )
}
