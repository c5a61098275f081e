import { Button, Group, Text, Title } from '@mantine/core'
import { Component, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useLocation } from 'react-router'

/** MissingPage is shown for an address where nothing is. */
export function MissingPage() {
  const { t } = useTranslation()
  return (
    <div style={{ maxWidth: 480, margin: '48px auto' }}>
      <Title order={1} size="h2">
        {t('missing.title')}
      </Title>
      <Text my="md">{t('missing.text')}</Text>
      <Button component={Link} to="/inbox">
        {t('missing.home')}
      </Button>
    </div>
  )
}

/** Boundary keeps what breaks inside it from taking the rest of the page along. Another place begins anew. */
export function Boundary({ children }: { children: ReactNode }) {
  const { pathname } = useLocation()
  return <Catcher place={pathname}>{children}</Catcher>
}

interface Caught {
  error: Error | undefined
  place: string
}

class Catcher extends Component<{ place: string; children: ReactNode }, Caught> {
  override state: Caught = { error: undefined, place: this.props.place }

  static getDerivedStateFromProps({ place }: { place: string }, state: Caught): Caught | null {
    return place === state.place ? null : { error: undefined, place }
  }

  static getDerivedStateFromError(error: unknown): Pick<Caught, 'error'> {
    return { error: error instanceof Error ? error : new Error(String(error)) }
  }

  override render() {
    return this.state.error === undefined ? this.props.children : <BrokenPage error={this.state.error} />
  }
}

/** BrokenPage is shown when a page cannot go on: a fault of the page. */
function BrokenPage({ error }: { error: Error }) {
  const { t } = useTranslation()
  return (
    <div role="alert" style={{ maxWidth: 520, margin: '48px auto' }}>
      <Title order={1} size="h2">
        {t('broken.title')}
      </Title>
      <Text my="md">{t('broken.text')}</Text>
      <Text size="sm" c="dimmed" className="as-typed">
        {error.message}
      </Text>
      <Group mt="md">
        <Button onClick={() => window.location.reload()}>{t('broken.reload')}</Button>
        <Button variant="default" component="a" href="/">
          {t('missing.home')}
        </Button>
      </Group>
    </div>
  )
}
