import { Anchor, Button, Group, Stack, Text, Title } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useNavigate, useSearchParams } from 'react-router'

import { answer, api } from '@/api/client'
import { keys } from '@/api/keys'
import { useMutation } from '@/api/useMutation'
import { langs, setLang } from '@/i18n/i18n'
import { useTitle } from '@/ui/Page'
import { wordsOf } from '@/ui/words'

import { Logo } from './Logo'
import { SignInForm } from './SignInForm'
import classes from './SignIn.module.css'

/** within is a path of this workplace to go to, never another site. */
function within(path: string | null): string {
  return path !== null && path.startsWith('/') && !path.startsWith('//') && !path.startsWith('/\\') ? path : '/'
}

/** SignIn is the page before everything else. */
export default function SignIn() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const [params] = useSearchParams()
  const returnTo = within(params.get('return_to'))
  useTitle(t('signIn.title'))
  const queries = useQueryClient()
  const enter = () => {
    queries.removeQueries({ queryKey: keys.me }) // whoever was signed in before
    void navigate(returnTo, { replace: true })
  }
  const about = useQuery({ queryKey: keys.about, queryFn: () => answer(api.GET('/api/v1/about')) })
  return (
    <main className={classes.page}>
      <div className={`panel ${classes.card}`}>
        <Stack gap="lg">
          <Group gap="sm">
            <Logo size={36} />
            <div>
              <Title order={1} size="h3">
                {t('product')}
              </Title>
              <Text size="sm" c="dimmed">
                {t('signIn.slogan')}
              </Text>
            </div>
          </Group>
          <SignInForm onDone={enter} returnTo={returnTo} />
          {about.data?.demo && <DemoLogins logins={about.data.demo.logins ?? []} password={about.data.demo.password} />}
          <Group justify="space-between" gap="xs">
            <Group gap="xs" role="group" aria-label={t('language')}>
              {langs.map((lang) => (
                <LanguageButton key={lang} lang={lang} />
              ))}
            </Group>
            <Anchor href="/docs" size="sm">
              API
            </Anchor>
          </Group>
        </Stack>
      </div>
    </main>
  )
}

function LanguageButton({ lang }: { lang: (typeof langs)[number] }) {
  const { i18n } = useTranslation()
  const names = { ru: 'Русский', en: 'English' }
  return (
    <Button size="compact-sm" variant={i18n.language === lang ? 'light' : 'subtle'} aria-pressed={i18n.language === lang} lang={lang} onClick={() => void setLang(lang)}>
      {names[lang]}
    </Button>
  )
}

function DemoLogins({ logins, password }: { logins: string[]; password: string }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const signIn = useMutation({
    mutationFn: (login: string) => answer(api.POST('/api/v1/sessions', { body: { login, password } })),
    onSuccess: () => {
      void queries.invalidateQueries()
      queries.removeQueries({ queryKey: keys.me })
      void navigate('/', { replace: true })
    },
  })
  return (
    <div className={classes.demo}>
      <Text size="sm" mb={6}>
        {t('signIn.demo')}
      </Text>
      <Group gap={6}>
        {logins.map((login) => (
          <Button key={login} size="compact-sm" variant="light" loading={signIn.isPending && signIn.variables === login} onClick={() => signIn.mutate(login)}>
            {login}
          </Button>
        ))}
      </Group>
      {signIn.error && (
        <Text size="sm" c="red" role="alert" mt={6}>
          {wordsOf(signIn.error).title}
        </Text>
      )}
    </div>
  )
}
