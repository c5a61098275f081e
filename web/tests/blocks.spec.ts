import type { Locator, Page } from '@playwright/test'

import { launch } from './rig/start'
import { expect, test as rig, type Api, type Schema } from './rig/test'

// A block is the whole company's: these tests have a company of their own.
const test = rig.extend<object, { origin: string }>({
  origin: [
    async ({}, provide) => {
      const program = await launch()
      await provide(program.url)
      await program.end()
    },
    { scope: 'worker', timeout: 150_000 },
  ],
})
test.describe.configure({ mode: 'serial' })

type Block = keyof Schema<'Blocks'>
type Case = Schema<'CaseItem'>

/** What there is of a block: where, and how it is brought into sight. */
interface Sign {
  at: string
  open?: (page: Page) => Promise<void>
  shown: (page: Page) => Locator
}

/** What there is in the demo company. */
interface Records {
  deal: Case
  claim: Case
  interest: Case
  contact: Schema<'Contact'>
}

async function records(api: Api): Promise<Records> {
  const cases = (await api.get<Schema<'CaseItemList'>>('/cases')).items ?? []
  const contact = (await api.get<Schema<'ContactList'>>('/contacts')).items?.[0]
  const one = (kind: Case['kind']) => cases.find((each) => each.kind === kind) ?? Promise.reject(new Error(`no ${kind}`))
  if (contact === undefined) throw new Error('no contact')
  return { deal: await one('deal'), claim: await one('claim'), interest: await one('interest'), contact }
}

const palette = (words: string) => async (page: Page) => {
  await page.keyboard.press('Control+k')
  const answered = page.waitForResponse(/\/api\/v1\/search\?/)
  await page.getByRole('dialog').getByRole('textbox').fill(words)
  await answered
}

const found = (words: string, title: string): Sign => ({ at: '/inbox', open: palette(words), shown: (page) => page.getByRole('dialog').getByRole('button', { name: title }) })

/** kindsAt is a list that offers the kinds of case. */
const kindsAt = (at: string, label: string, kind: string): Sign => ({
  at,
  open: (page) => page.getByRole('combobox', { name: label }).first().click(),
  shown: (page) => page.getByRole('option', { name: kind, exact: true }),
})

const report = (name: string): Sign => ({ at: '/reports/standards', shown: (page) => page.getByRole('navigation', { name: 'Отчёты' }).getByRole('link', { name }) })

const signs: Record<Block, (there: Records) => Sign[]> = {
  interactions: ({ interest, contact }) => [
    { at: '/inbox', shown: (page) => page.getByRole('navigation', { name: 'Разделы' }).getByRole('link', { name: 'Взаимодействия' }) },
    found('Взаимодействия', 'Взаимодействия'),
    { at: '/accept', shown: (page) => page.getByRole('radio', { name: 'Потерян' }) },
    { at: '/agenda', shown: (page) => page.getByText('Ничего не запланировано') },
    { at: '/agenda', shown: (page) => page.getByRole('button', { name: 'Запланировать' }) },
    { at: '/sales', shown: (page) => page.getByRole('checkbox', { name: 'Ничего не запланировано' }) },
    { at: '/cases', shown: (page) => page.getByRole('switch', { name: 'Без следующего шага' }) },
    { at: '/cases', shown: (page) => page.getByRole('columnheader', { name: 'Следующий шаг' }) },
    { at: `/cases/${interest.number}`, shown: (page) => page.getByRole('form', { name: 'Следующее действие' }) },
    { at: `/cases/${interest.number}`, shown: (page) => page.getByRole('button', { name: 'Записать звонок или встречу' }) },
    { at: `/cases/${interest.number}`, open: (page) => page.getByRole('button', { name: 'Отбор' }).click(), shown: (page) => page.getByRole('combobox', { name: 'Вид взаимодействия' }) },
    { at: `/clients/${interest.client_id}`, shown: (page) => page.getByRole('button', { name: 'Запланировать' }) },
    { at: `/contacts/${contact.id}`, shown: (page) => page.getByRole('heading', { name: 'Взаимодействия' }) },
    report('Коммуникации'),
    { at: '/reports/control', shown: (page) => page.getByRole('columnheader', { name: 'Без следующего шага' }) },
    { at: '/tasks', shown: (page) => page.getByRole('combobox', { name: 'Вид задачи' }).filter({ has: page.getByRole('option', { name: 'Запланировать следующий шаг', exact: true, includeHidden: true }) }) },
  ],
  deals: ({ deal }) => [
    { at: '/cases', shown: (page) => page.getByRole('link', { name: deal.topic }) },
    found(deal.number, deal.topic),
    { at: `/sales?responsible=all&map=${deal.map?.id}`, shown: (page) => page.getByRole('article').filter({ hasText: deal.number }) },
    { at: '/sales?responsible=all&view=list', shown: (page) => page.getByRole('link', { name: deal.topic }) },
    { at: `/clients/${deal.client_id}`, shown: (page) => page.getByRole('link', { name: deal.topic }) },
    { at: '/maps', shown: (page) => page.getByRole('link', { name: 'Типовая продажа' }) },
    { at: '/reports/channels', shown: (page) => page.getByRole('columnheader', { name: 'Сделки' }) },
    kindsAt('/cases', 'Вид', 'Сделка'),
    kindsAt('/reports/control', 'Вид карточки', 'Сделка'),
    kindsAt('/settings/attributes', 'Записи', 'Сделки'),
  ],
  claims: ({ claim }) => [
    { at: '/cases', shown: (page) => page.getByRole('link', { name: claim.topic }) },
    found(claim.number, claim.topic),
    { at: `/clients/${claim.client_id}`, shown: (page) => page.getByRole('link', { name: claim.topic }) },
    { at: '/maps', shown: (page) => page.getByRole('link', { name: 'Претензия' }) },
    report('Претензии'),
    kindsAt('/cases', 'Вид', 'Претензия'),
    kindsAt('/maps', 'Вид', 'Претензия'),
  ],
}

/** The places where records of more than one kind come together, which are there whatever is kept. */
const places = ({ interest, contact }: Records) => [
  '/inbox', '/sales', '/sales?view=list', '/agenda?view=week', '/cases', '/accept',
  ...['funnel', 'outcomes', 'control', 'losses', 'claims', 'channels', 'communication'].map((report) => `/reports/${report}`),
  `/cases/${interest.number}`, `/clients/${interest.client_id}`, `/contacts/${contact.id}`, '/settings/blocks',
]

/** go opens a place anew and waits until nothing is being read any more. */
async function go(page: Page, at: string): Promise<void> {
  await page.goto(at)
  await expect(page.getByRole('heading', { level: 1 }).first()).toBeVisible()
  await page.waitForLoadState('networkidle')
}

/** look brings a sign into sight at its place. */
async function look(page: Page, sign: Sign): Promise<Locator> {
  await sign.open?.(page)
  return sign.shown(page).first()
}

async function flip(page: Page, name: string, on: boolean): Promise<void> {
  await page.goto('/settings/blocks')
  const block = page.getByRole('region', { name })
  await block.getByRole('switch').press('Space')
  if (!on) await page.getByRole('dialog', { name: `Отключить: ${name}?` }).getByRole('button', { name: 'Отключить' }).click()
  await expect(page.getByText(`${on ? 'Включено' : 'Отключено'}: ${name}`)).toBeVisible()
}

const names: Record<Block, string> = { interactions: 'Взаимодействия', deals: 'Сделки', claims: 'Претензии' }

for (const block of ['interactions', 'deals', 'claims'] as const) {
  test(`R22 ${block} that are switched off are nowhere on the page, which works without them, and are back when switched on`, async ({ as, api }) => {
    test.setTimeout(300_000)
    const there = await records(await api('director'))
    const admin = await as('admin')
    const page = await as('director')
    const refused: string[] = []
    page.on('response', (response) => response.status() >= 400 && refused.push(`${response.status()} ${response.url()} on ${page.url()}`))
    const all = signs[block](there)

    await flip(admin, names[block], false)
    for (const at of new Set([...places(there), ...all.map((sign) => sign.at)])) {
      await go(page, at)
      await expect(page.getByRole('main').getByRole('alert'), `what failed at ${at}`).toHaveCount(0)
      for (const sign of all.filter((one) => one.at === at)) await expect(await look(page, sign), `${at} without them`).toBeHidden()
    }
    expect(refused, 'what the server refused').toEqual([])

    await flip(admin, names[block], true)
    for (const at of new Set(all.map((sign) => sign.at))) {
      await go(page, at)
      for (const sign of all.filter((one) => one.at === at)) await expect(await look(page, sign), `${at} when they are kept again`).toBeVisible()
    }
  })
}
