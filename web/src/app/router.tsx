import { Suspense, type ComponentType, type LazyExoticComponent } from 'react'
import { BrowserRouter, Navigate, Route, Routes } from 'react-router'

import { lazyPage } from '@/ui/lazy'

import { Boundary, MissingPage } from './BrokenPage'
import { Waiting } from './Waiting'
import { Workplace } from './Workplace'

const SignIn = lazyPage(() => import('./SignIn'))

/** A place and the page that is there; it is loaded when somebody goes there first. */
interface PageAt {
  path: string
  page: LazyExoticComponent<ComponentType>
}

const pages: PageAt[] = [
  { path: '/cases', page: lazyPage(() => import('@/pages/cases')) },
  { path: '/cases/:ref', page: lazyPage(() => import('@/pages/case')) },
  { path: '/agenda', page: lazyPage(() => import('@/pages/agenda')) },
  { path: '/accept', page: lazyPage(() => import('@/pages/accept')) },
  { path: '/interactions/:id?', page: lazyPage(() => import('@/pages/interactions')) },
  { path: '/inbox/:task?', page: lazyPage(() => import('@/pages/inbox')) },
  { path: '/tasks/:task?', page: lazyPage(() => import('@/pages/inbox/all')) },
  { path: '/clients', page: lazyPage(() => import('@/pages/clients')) },
  { path: '/clients/:id', page: lazyPage(() => import('@/pages/client')) },
  { path: '/reports/:report?', page: lazyPage(() => import('@/pages/reports')) },
  { path: '/settings/:section?/:id?', page: lazyPage(() => import('@/pages/settings')) },
  { path: '/audit', page: lazyPage(() => import('@/pages/audit')) },
  { path: '/templates', page: lazyPage(() => import('@/pages/templates')) },
  { path: '/templates/:key', page: lazyPage(() => import('@/pages/templates/editor')) },
  { path: '/profile', page: lazyPage(() => import('@/pages/profile')) },
  { path: '/import', page: lazyPage(() => import('@/pages/import')) },
  { path: '/import/:id', page: lazyPage(() => import('@/pages/import/one')) },
  { path: '/contacts', page: lazyPage(() => import('@/pages/contacts')) },
  { path: '/contacts/:id', page: lazyPage(() => import('@/pages/contact')) },
  { path: '/sales', page: lazyPage(() => import('@/pages/sales')) },
  { path: '/maps', page: lazyPage(() => import('@/pages/maps')) },
  { path: '/maps/new', page: lazyPage(() => import('@/pages/maps/edit')) },
  { path: '/maps/:id', page: lazyPage(() => import('@/pages/maps/map')) },
  { path: '/maps/:id/edit', page: lazyPage(() => import('@/pages/maps/edit')) },
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
