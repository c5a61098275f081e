import { Alert, Button, Center, Divider, Loader, PasswordInput, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'

import { answer, api } from '@/api/client'
import { useMutation } from '@/api/useMutation'
import { wordsOf } from '@/ui/words'

/** SignInForm signs in with a password, or sends on to the provider. It is on the page and, when a session has ended, over it. */
export function SignInForm({ onDone, returnTo, login = '' }: { onDone: (user: string) => void; returnTo: string; login?: string }) {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const ways = useQuery({ queryKey: ['ways'], queryFn: () => answer(api.GET('/api/v1/sessions/ways')) })
  const form = useForm({ initialValues: { login, password: '' }, validate: { login: (v) => (v.trim() === '' ? t('required') : null), password: (v) => (v === '' ? t('required') : null) } })
  const signIn = useMutation({
    mutationFn: (values: { login: string; password: string }) => answer(api.POST('/api/v1/sessions', { body: { login: values.login.trim(), password: values.password } })),
    onSuccess: ({ user }) => {
      void queries.invalidateQueries()
      onDone(user.id)
    },
    onError: () => form.setFieldValue('password', ''),
  })
  if (ways.isPending) return <Center><Loader aria-label={t('loading')} /></Center>
  const refused = signIn.error && wordsOf(signIn.error)
  return (
    <Stack gap="md">
      {refused && (
        <Alert color="red" role="alert" title={refused.title}>
          {refused.detail}
        </Alert>
      )}
      <form onSubmit={form.onSubmit((values) => signIn.mutate(values))} noValidate>
        <Stack gap="sm">
          <TextInput label={t('signIn.login')} autoComplete="username" autoCapitalize="none" spellCheck={false} {...focused(login === '')} {...form.getInputProps('login')} />
          <PasswordInput label={t('signIn.password')} autoComplete="current-password" {...focused(login !== '')} visibilityToggleButtonProps={{ 'aria-label': t('signIn.showPassword') }} {...form.getInputProps('password')} />
          <Button type="submit" loading={signIn.isPending} fullWidth mt="xs">
            {t('signIn.submit')}
          </Button>
        </Stack>
      </form>
      {ways.data?.oidc && (
        <>
          <Divider label={t('signIn.or')} />
          <Button component="a" variant="default" href={`${ways.data.oidc}?return_to=${encodeURIComponent(returnTo)}`}>
            {t('signIn.elsewhere', { name: ways.data.name ?? 'OpenID Connect' })}
          </Button>
        </>
      )}
    </Stack>
  )
}

/** focused gives a field the focus on a page, and in a window, which looks for the attribute. */
const focused = (is: boolean) => (is ? { autoFocus: true, 'data-autofocus': true } : {})
