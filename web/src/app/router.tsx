import { lazy, Suspense, type ComponentType, type LazyExoticComponent } from 'react'
import { BrowserRouter, Navigate, Route, Routes } from 'react-router'

import { Boundary, MissingPage } from './BrokenPage'
import { Waiting } from './Waiting'
import { Workplace } from './Workplace'

const SignIn = lazy(() => import('./SignIn'))

/** A place and the page that is there; it is loaded when somebody goes there first. */
interface PageAt {
  path: string
  page: LazyExoticComponent<ComponentType>
}

const pages: PageAt[] = [
  { path: '/cases', page: lazy(() => import('@/pages/cases')) },
  { path: '/cases/:ref', page: lazy(() => import('@/pages/case')) },
  { path: '/agenda', page: lazy(() => import('@/pages/agenda')) },
  { path: '/accept', page: lazy(() => import('@/pages/accept')) },
  { path: '/interactions/:id?', page: lazy(() => import('@/pages/interactions')) },
  { path: '/inbox/:task?', page: lazy(() => import('@/pages/inbox')) },
  { path: '/tasks/:task?', page: lazy(() => import('@/pages/inbox/all')) },
  { path: '/clients', page: lazy(() => import('@/pages/clients')) },
  { path: '/clients/:id', page: lazy(() => import('@/pages/client')) },
  { path: '/reports/:report?', page: lazy(() => import('@/pages/reports')) },
  { path: '/settings/:section?/:id?', page: lazy(() => import('@/pages/settings')) },
  { path: '/audit', page: lazy(() => import('@/pages/audit')) },
  { path: '/templates', page: lazy(() => import('@/pages/templates')) },
  { path: '/templates/:key', page: lazy(() => import('@/pages/templates/editor')) },
  { path: '/profile', page: lazy(() => import('@/pages/profile')) },
  { path: '/import', page: lazy(() => import('@/pages/import')) },
  { path: '/import/:id', page: lazy(() => import('@/pages/import/one')) },
  { path: '/contacts', page: lazy(() => import('@/pages/contacts')) },
  { path: '/contacts/:id', page: lazy(() => import('@/pages/contact')) },
  { path: '/sales', page: lazy(() => import('@/pages/sales')) },
  { path: '/maps', page: lazy(() => import('@/pages/maps')) },
  { path: '/maps/new', page: lazy(() => import('@/pages/maps/edit')) },
  { path: '/maps/:id', page: lazy(() => import('@/pages/maps/map')) },
  { path: '/maps/:id/edit', page: lazy(() => import('@/pages/maps/edit')) },
]

/** Places has every place of the workplace. */
export function Places() {
  return (
    <BrowserRouter>
      <Boundary>
        <Suspense fallback={<Waiting />}>
          <Routes>
            <Route path="/sign-in" element={<SignIn />} />
            <Route element={<Workplace />}>
              <Route index element={<Navigate to="/inbox" replace />} />
              {pages.map(({ path, page: Page }) => (
                <Route key={path} path={path} element={<Page />} />
              ))}
              <Route path="*" element={<MissingPage />} />
            </Route>
          </Routes>
        </Suspense>
      </Boundary>
    </BrowserRouter>
  )
}
