import { AppShell } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQueryClient } from '@tanstack/react-query'
import { Suspense, useContext, useEffect, useMemo, type MouseEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { Navigate, Outlet, useLocation } from 'react-router'

import { Live } from '@/api/live'
import { asApiError } from '@/api/problem'
import { inBrowser, store, stored } from '@/ui/edit/kept'
import { Failure } from '@/ui/Failure'
import { Shortcuts } from '@/ui/shortcuts'
import { leaveFor } from '@/ui/windows'

import { Boundary } from './BrokenPage'
import { ConnectionBanner } from './ConnectionBanner'
import { Header } from './Header'
import { Navigation, TabBar } from './Navigation'
import { PaletteWhenAsked } from './PaletteWhenAsked'
import { LiveContext, MeContext, useMe, useProfile } from './session'
import { SessionExpired } from './SessionExpired'
import { Waiting } from './Waiting'
import classes from './Workplace.module.css'

/** useFollow keeps what is shown of a case true while it is on the page; without an id it does nothing. */
export function useFollow(caseID: string | undefined): void {
  const live = useContext(LiveContext)
  useEffect(() => (caseID === undefined ? undefined : live?.follow(caseID)), [live, caseID])
}

/** useFollowMany keeps a list or a board of cases true while it is on the page. */
export function useFollowMany(): void {
  const live = useContext(LiveContext)
  useEffect(() => live?.followMany(), [live])
}

/** Workplace is the frame around all pages of somebody signed in. */
export function Workplace() {
  const { t } = useTranslation()
  const location = useLocation()
  const profile = useProfile()
  if (profile.isPending) return <Waiting />
  if (profile.isError && profile.data === undefined) {
    if (asApiError(profile.error).status === 401) {
      return <Navigate to={`/sign-in?return_to=${encodeURIComponent(location.pathname + location.search)}`} replace />
    }
    return (
      <main style={{ padding: 24 }} aria-label={t('product')}>
        <Failure error={profile.error} onRetry={() => void profile.refetch()} />
      </main>
    )
  }
  return (
    <MeContext value={profile.data}>
      <Frame />
    </MeContext>
  )
}

const personKey = 'marshrut.person'

/** toMain goes past the navigation, which is no place of its own to come back to. */
function toMain(event: MouseEvent) {
  event.preventDefault()
  document.getElementById('main')?.focus()
}

/**
 * useOnePerson begins the page anew when somebody else has signed in in another window of this browser: it would go on to change
 * things in his name, under the name of the one who is gone.
 */
function useOnePerson() {
  const id = useMe()?.id
  useEffect(() => {
    if (id === undefined) return
    store(inBrowser, personKey, id)
    const signedIn = (event: StorageEvent) => {
      if (event.key === personKey && event.newValue !== null && stored(inBrowser, personKey) !== id) leaveFor('/')
    }
    window.addEventListener('storage', signedIn)
    return () => window.removeEventListener('storage', signedIn)
  }, [id])
}

function Frame() {
  const { t } = useTranslation()
  const [menuOpen, menu] = useDisclosure(false)
  const location = useLocation()
  const queries = useQueryClient()
  const live = useMemo(() => new Live(queries), [queries])
  useEffect(() => {
    live.start()
    return () => live.stop()
  }, [live])
  useOnePerson()
  useEffect(() => menu.close(), [location.pathname]) // eslint-disable-line react-hooks/exhaustive-deps -- only a new place closes it
  return (
    <LiveContext value={live}>
      <Shortcuts>
        <a className="skip-link" href="#main" onClick={toMain}>
          {t('skip')}
        </a>
        <AppShell header={{ height: 56 }} navbar={{ width: 220, breakpoint: 'sm', collapsed: { mobile: !menuOpen } }} footer={{ height: { base: 60, sm: 0 } }} padding={{ base: 'sm', sm: 'lg' }}>
          <AppShell.Header className={classes.bar}>
            <Header menuOpen={menuOpen} onMenu={menu.toggle} />
          </AppShell.Header>
          <AppShell.Navbar className={classes.bar} aria-label={t('nav.label')}>
            <Navigation />
          </AppShell.Navbar>
          <AppShell.Main id="main" tabIndex={-1}>
            <ConnectionBanner />
            <Boundary>
              <Suspense fallback={<Waiting />}>
                <Outlet />
              </Suspense>
            </Boundary>
          </AppShell.Main>
          <AppShell.Footer hiddenFrom="sm" className={classes.bar}>
            <TabBar onMore={menu.toggle} />
          </AppShell.Footer>
        </AppShell>
        <PaletteWhenAsked />
        <SessionExpired />
      </Shortcuts>
    </LiveContext>
  )
}
