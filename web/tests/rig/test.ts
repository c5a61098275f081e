import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

import { expect, request, test as base, type APIRequestContext, type Locator, type Page } from '@playwright/test'
import type { AxeResults } from 'axe-core'

import type { components } from '../../src/api/schema'

export { expect }

export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name]
export type Lang = 'ru' | 'en'

interface Opening {
  lang?: Lang
  scheme?: 'light' | 'dark'
  phone?: boolean
  /** What the page is meant to log as an error: the connection that the test takes away, or a fault that it makes. */
  expects?: RegExp
}

interface Rig {
  /**
   * An empty browser of its own with somebody of the demo company signed in. A page that logs an error, that the policy stops in something, or that
   * is refused what the test does not name (see refused), fails the test.
   */
  as: (login: string, opening?: Opening) => Promise<Page>
  /** The API as one of them: answers of changes that are refused fail the test. */
  api: (login: string) => Promise<Api>
  /** What the server answers to the page's requests in this test beside 2xx: what is sent twice, or could not have been granted, is seen by it. */
  refused: (...statuses: number[]) => void
}

/** Api sends requests as somebody; paths are below /api/v1. */
export class Api {
  constructor(private readonly requests: APIRequestContext) {}

  async get<T>(path: string): Promise<T> {
    const response = await this.requests.get(`/api/v1${path}`)
    expect(response.ok(), `GET ${path}: ${await response.text()}`).toBe(true)
    return (await response.json()) as T
  }

  async post<T>(path: string, body: unknown): Promise<T> {
    const response = await this.requests.post(`/api/v1${path}`, { data: body })
    expect(response.ok(), `POST ${path}: ${await response.text()}`).toBe(true)
    return (await response.json()) as T
  }

  /** patch changes a record as it is now. */
  async patch<T>(path: string, body: unknown): Promise<T> {
    const response = await this.requests.patch(`/api/v1${path}`, { data: body, headers: { 'If-Match': '*' } })
    expect(response.ok(), `PATCH ${path}: ${await response.text()}`).toBe(true)
    return (await response.json()) as T
  }

  /** put writes a record whole; headers say which one it replaces. */
  async put<T>(path: string, body: unknown, headers: Record<string, string>): Promise<T> {
    const response = await this.requests.put(`/api/v1${path}`, { data: body, headers })
    expect(response.ok(), `PUT ${path}: ${await response.text()}`).toBe(true)
    return (await response.json()) as T
  }

  /** userID is a colleague's id by login. */
  async userID(login: string): Promise<string> {
    const users = await this.get<Schema<'UserList'>>('/users')
    const found = users.items?.find((user) => user.login === login)
    expect(found, `no user ${login}`).toBeDefined()
    return found?.id ?? ''
  }
}

/** url is where the program answers. */
export const url = (): string => process.env.MARSHRUT_URL ?? ''

let made = 0
/** unique makes a name that no other test has. */
export const unique = (name: string): string => `${name} ${process.pid.toString(36)}${(made += 1).toString(36)}${Date.now().toString(36).slice(-4)}`

export const test = base.extend<Rig & { refusals: Set<number> }, { origin: string }>({
  origin: [({}, provide) => provide(url()), { scope: 'worker' }],
  refusals: async ({}, provide) => provide(new Set()),
  refused: async ({ refusals }, provide) => provide((...statuses) => statuses.forEach((status) => refusals.add(status))),
  as: async ({ browser, origin, refusals }, provide) => {
    const pages: Page[] = []
    const faults: string[] = []
    const refused: string[] = []
    await provide(async (login, { lang = 'ru', scheme = 'light', phone = false, expects } = {}) => {
      const context = await browser.newContext({
        baseURL: origin, colorScheme: scheme, locale: lang,
        ...(phone ? { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } : { viewport: { width: 1440, height: 900 } }),
      })
      // A frame that is a sandbox has no storage.
      await context.addInitScript((wanted) => window.top === window && localStorage.setItem('marshrut.lang', wanted), lang)
      await context.addInitScript(noteHidden)
      const signedIn = await context.request.post('/api/v1/sessions', { data: { login, password: 'demo' } })
      expect(signedIn.ok(), await signedIn.text()).toBe(true)
      const profile = await context.request.get('/api/v1/me')
      const { lang: known } = (await profile.json()) as { lang: Lang }
      if (known !== lang) await useLang(context.request, origin, lang)
      const page = await context.newPage()
      const fault = (text: string) => expects?.test(text) !== true && faults.push(text)
      page.on('console', (message) => message.type() === 'error' && !/status of (4\d\d|50[23])|net::ERR_INTERNET_DISCONNECTED|Blocked script execution in 'about:srcdoc'/.test(message.text()) && fault(message.text()))
      page.on('response', (response) => {
        const status = response.status()
        if (status >= 400 && status < 500 && !refusals.has(status)) refused.push(`${status} ${response.request().method()} ${new URL(response.url()).pathname}`)
      })
      page.on('pageerror', (error) => fault(error.message))
      pages.push(page)
      return page
    })
    for (const page of pages) await page.context().close()
    expect(faults, 'the page logged errors').toEqual([])
    expect(refused, 'the page was refused').toEqual([])
  },
  api: async ({ origin }, provide) => {
    const opened: APIRequestContext[] = []
    await provide(async (login) => {
      const anonymous = await request.newContext({ baseURL: origin })
      const answer = await anonymous.post('/api/v1/sessions', { data: { login, password: 'demo' } })
      const { token } = (await answer.json()) as { token: string }
      await anonymous.dispose()
      const signedIn = await request.newContext({ baseURL: origin, extraHTTPHeaders: { Authorization: `Bearer ${token}` } })
      opened.push(signedIn)
      return new Api(signedIn)
    })
    for (const context of opened) await context.dispose()
  },
})

// What the page waits for hides the whole of what waits, and with it the field one types in, which loses the focus: only what is new may wait.
function noteHidden(): void {
  const hidden = ({ target }: MutationRecord) => target instanceof HTMLElement && target.style.display === 'none' && target.style.getPropertyPriority('display') === 'important'
  new MutationObserver((changes) => {
    const { activeElement: now } = document
    if (now?.matches('input, textarea, [contenteditable]') && changes.some((change) => hidden(change) && change.target.contains(now))) throw new Error('hidden while one types: ' + now.outerHTML)
  }).observe(document, { subtree: true, attributes: true, attributeFilter: ['style'] })
}

// The language is the user's, and tests run at the same time: each language has people of its own (see people).
async function useLang(requests: APIRequestContext, origin: string, lang: Lang): Promise<void> {
  const changed = await requests.patch('/api/v1/me', { data: { lang }, headers: { 'If-Match': '*', Origin: origin } })
  expect(changed.ok(), await changed.text()).toBe(true)
}

/** found is what a search field has found, without what it offers to make. */
const found = (field: Locator, words: string): Locator => field.page().getByRole('option', { name: words }).filter({ hasNotText: /^(Новый|New) \S+ [«“]/ })

/** choose types into a field that searches, and takes what it finds by key, as soon as that can be taken: under a pointer the list still moves. */
export async function choose(field: Locator, words: string, option = found(field, words)): Promise<void> {
  await field.fill(words)
  await expect(option).toBeEnabled()
  await expect(async () => {
    await field.press('ArrowDown')
    await expect(option).toHaveAttribute('data-combobox-selected', 'true', { timeout: 1_000 })
  }).toPass()
  await field.press('Enter')
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/**
 * accessible has axe look at the page, and fails on anything it finds. The dark page is the light one in other colours, which its test looks at whole:
 * beside that, and not on a telephone, where there is less of it, only colours are looked at, which is a good part of the time of all tests.
 */
export async function accessible(page: Page): Promise<void> {
  // What fades in has its colours at the end, and what fades out is gone; it begins to some frames after what has it do so.
  await page.waitForFunction(async () => {
    for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame)
    return document.getAnimations().every((one) => one.playState !== 'running' || one.effect?.getComputedTiming().endTime === Infinity)
  })
  await page.evaluate(axeSource)
  const found = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run: (options: unknown) => Promise<AxeResults> } }
    const onlyColours = window.matchMedia('(prefers-color-scheme: dark)').matches && window.innerWidth > 1000
    const results = await axe.run({ resultTypes: ['violations'], ...(onlyColours ? { runOnly: ['color-contrast', 'link-in-text-block'] } : {}) })
    return results.violations.map((v) => `${v.id} (${v.impact}): ${v.nodes.map((n) => `${n.html.slice(0, 300)} — ${n.failureSummary?.split('\n').slice(1).join('; ')}`).join('\n    ')}`)
  })
  expect(found, `axe on ${page.url()}`).toEqual([])
}
