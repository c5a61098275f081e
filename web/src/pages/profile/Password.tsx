import { Button, Group, PasswordInput, Stack, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'

import { Block } from '@/ui/Block'
import { Failure } from '@/ui/Failure'

import { useSave } from './useSave'

const shortest = 8

/** Password changes one's own; all other sessions end with it. */
export function Password() {
  const { t } = useTranslation('profile')
  const { t: common } = useTranslation()
  const queries = useQueryClient()
  const [old, setOld] = useState('')
  const [wanted, setWanted] = useState('')
  const [tried, setTried] = useState(false)
  const { save, busy, error } = useSave(() => {
    setOld('')
    setWanted('')
    setTried(false)
    void queries.invalidateQueries({ queryKey: ['own-sessions'] })
  })
  const short = [...wanted].length < shortest
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (old !== '' && !short) save({ password: wanted, old_password: old })
  }
  const shown = error?.field('/old_password') !== undefined || error?.field('/password') !== undefined
  const eye = { 'aria-label': common('signIn.showPassword') }
  return (
    <Block title={t('password.title')}>
      <form onSubmit={submit} noValidate>
        <Stack gap="sm" maw={360}>
          <Text size="sm" c="dimmed">
            {t('password.text')}
          </Text>
          <PasswordInput label={t('password.old')} autoComplete="current-password" value={old} onChange={(event) => setOld(event.currentTarget.value)} error={error?.field('/old_password') ?? (tried && old === '' ? common('required') : undefined)} visibilityToggleButtonProps={eye} />
          <PasswordInput label={t('password.new')} description={t('password.rule', { count: shortest })} autoComplete="new-password" value={wanted} onChange={(event) => setWanted(event.currentTarget.value)} error={error?.field('/password') ?? (tried && short ? t('password.short', { count: shortest }) : undefined)} visibilityToggleButtonProps={eye} />
          {error !== undefined && !shown && <Failure error={error} />}
          <Group>
            <Button type="submit" variant="default" loading={busy}>
              {t('password.change')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Block>
  )
}
