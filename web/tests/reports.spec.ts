import { accessible, expect, test, unique, type Api, type Schema } from './rig/test'

const hostile = '<img src=x onerror="window.hacked=1">'

type Made = Schema<'CaseWithTasks'>

/** sold makes deals that came from one source, so that a report narrowed by it counts them alone. */
async function sold(api: Api, source: string, count: number, fields: Record<string, unknown> = {}): Promise<Made[]> {
  const made: Made[] = []
  for (let i = 0; i < count; i++) made.push(await api.post<Made>('/deals', { map: 'free-sale', topic: unique('Воронка'), source, fields, client: { name: unique('ООО Отчёт'), create_anyway: true } }))
  return made
}

const narrowedTo = (source: string) => `source=${encodeURIComponent(source)}`

test('R14 R35 a figure of the funnel opens its cases, from the table and from the chart, and “back” returns to them', async ({ as, api }) => {
  const source = unique('Ярмарка')
  const made = await sold(await api('manager'), source, 2)
  const page = await as('director')
  await page.goto(`/reports/funnel?map=free-sale&${narrowedTo(source)}`)
  await expect(page.getByRole('heading', { level: 1, name: 'Воронка продаж' })).toBeVisible()
  await page.getByRole('button', { name: 'Новая, Пришло: 2' }).click()
  const drawer = page.getByRole('dialog', { name: 'Новая: Пришло' })
  await expect(drawer.getByRole('listitem')).toHaveCount(2)
  await drawer.getByRole('link', { name: made[0]?.case.topic ?? '' }).click()
  await expect(page).toHaveURL(new RegExp(`/cases/${made[0]?.case.number ?? ''}`))
  await page.goBack()
  await expect(drawer.getByRole('listitem')).toHaveCount(2)
  await page.keyboard.press('Escape')
  await expect(drawer).toBeHidden()

  // The bar of the first stage is all but as wide as the chart.
  const chart = page.getByRole('img', { name: /Этапы воронки/ })
  const canvas = chart.locator('canvas')
  await expect(canvas).toBeVisible()
  const behind = page.getByRole('dialog', { name: 'Новая: На этапе' })
  await expect(async () => {
    const box = await canvas.boundingBox()
    if (!(await behind.isVisible())) await canvas.click({ position: { x: (box?.width ?? 0) / 2, y: 58 }, timeout: 5000 })
    await expect(behind).toBeVisible({ timeout: 5000 })
  }).toPass()
})

test('R14 the figures of a period: presets and days of one’s own are kept in the address; a period without cases says so', async ({ as }) => {
  const page = await as('director')
  await page.goto('/reports/funnel?map=free-sale')
  await page.getByRole('combobox', { name: 'Период' }).click()
  await page.getByRole('option', { name: 'Прошлый месяц' }).click()
  await expect(page).toHaveURL(/from=\d{4}-\d\d-01&to=\d{4}-\d\d-(28|29|30|31)/)
  await page.reload()
  await expect(page.getByRole('combobox', { name: 'Период' })).toHaveValue('Прошлый месяц')
  await page.getByRole('textbox', { name: 'С', exact: true }).fill('02.01.2020')
  await expect(page).toHaveURL(/from=2020-01-02/)
  await page.getByRole('textbox', { name: 'По', exact: true }).fill('03.01.2020')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/from=2020-01-02&to=2020-01-03/)
  await expect(page.getByText('Показывать пока нечего')).toBeVisible()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Сбросить' }).click()
  await expect(page).not.toHaveURL(/from=/)
})

test('R14 a report whose address names a day that there is not is shown without it', async ({ as }) => {
  const page = await as('director')
  await page.goto('/reports/losses?from=2026-13-45&to=abc')
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await expect(page.getByRole('table').first()).toBeVisible()
  await expect(page.getByRole('alert')).toHaveCount(0)
})

test('R30 R36 R41 R43 R47 every report opens and keeps what it is narrowed by, in Russian and in English', async ({ as, api }) => {
  await sold(await api('manager'), unique('Сайт'), 1)
  for (const [login, lang, tabs] of [
    ['director', 'ru', ['Воронка', 'Итоги', 'Потенциал', 'Контроль', 'Проигрыши', 'Претензии', 'Каналы', 'Коммуникации', 'Спрос', 'Регламенты']],
    ['admin', 'en', ['Funnel', 'Outcomes', 'Potential', 'Control', 'Losses', 'Claims', 'Channels', 'Communication', 'Demand', 'Standards']],
  ] as const) {
    const page = await as(login, { lang })
    await page.goto('/reports?channel=phone')
    for (const tab of tabs) {
      await page.getByRole('link', { name: tab, exact: true }).click()
      await expect(page.getByRole('link', { name: tab, exact: true })).toHaveAttribute('aria-current', 'page')
      await expect(page).toHaveURL(/channel=phone/)
      await expect(page.getByRole('table').or(page.getByText(/Показывать пока нечего|nothing to show yet/))).toBeVisible()
      await expect(page.getByRole('alert')).toHaveCount(0)
    }
  }
})

test('R30 what open deals may bring: amounts in the user’s language, by source', async ({ as, api }) => {
  const source = unique('Fair')
  await sold(await api('manager2'), source, 2, { potential: '120000.50', probability: 50 })
  const page = await as('admin', { lang: 'en' })
  await page.goto(`/reports/potential?by=source&${narrowedTo(source)}`)
  const row = page.getByRole('row', { name: new RegExp(source) })
  await expect(row).toContainText('₽240,001')
  await expect(row).toContainText('₽120,000.50')
  await page.getByRole('button', { name: `${source}, Cases: 2` }).click()
  await expect(page.getByRole('dialog').getByRole('listitem')).toHaveCount(2)
})

test('R30 clients and cases by channel: hostile text is text, and the clients behind a figure are shown', async ({ as, api }) => {
  const source = `${unique('Откуда')} ${hostile}`
  const [made] = await sold(await api('manager'), source, 1)
  const page = await as('director')
  await page.goto(`/reports/channels?${narrowedTo(source)}`)
  await expect(page.getByRole('row', { name: new RegExp('onerror') })).toBeVisible()
  await page.getByRole('button', { name: /Клиенты: 1$/ }).click()
  await page.getByRole('dialog').getByRole('link').click()
  await expect(page).toHaveURL(new RegExp(`/clients/${made?.case.client_id ?? ''}`))
  expect(await page.evaluate(() => 'hacked' in window)).toBe(false)
})

test('R14 control shows the cases and tasks on everybody’s hands, sorted by any column', async ({ as, api }) => {
  const source = unique('Контроль')
  const manager = await api('manager')
  await sold(manager, source, 3)
  const me = await manager.get<Schema<'Profile'>>('/me')
  const page = await as('director')
  await page.goto(`/reports/control?${narrowedTo(source)}`)
  await page.getByRole('button', { name: `${me.name}, Без следующего шага: 3` }).click()
  await expect(page.getByRole('dialog', { name: `${me.name}: Без следующего шага` }).getByRole('listitem')).toHaveCount(3)
  await page.keyboard.press('Escape')
  await page.getByRole('columnheader', { name: 'Ответственный' }).getByRole('button').click()
  await expect(page.getByRole('columnheader', { name: 'Ответственный' })).toHaveAttribute('aria-sort', 'ascending')
})

test('R47 communication over time: the interactions of a week open', async ({ as, api }) => {
  const manager = await api('manager')
  const client = await manager.post<Schema<'Client'>>('/clients', { kind: 'company', name: unique('ООО Разговоры'), lang: 'ru', status: 'potential', create_anyway: true })
  const topic = unique('Созвон')
  await manager.post('/interactions', { kind: 'call', direction: 'out', status: 'completed', at: new Date(Date.now() - 60_000).toISOString(), topic, client_id: client.id, result: 'Договорились', alone: true })
  const page = await as('director')
  await page.goto(`/reports/communication?client=${client.id}&step=week`)
  await page.getByRole('button', { name: /Звонок, Исходящие, Взаимодействия: 1/ }).click()
  await expect(page.getByRole('dialog').getByRole('link', { name: topic })).toBeVisible()
  await page.keyboard.press('Escape')
  // The one bar is as high as the chart, in the middle of it.
  await expect(async () => {
    const canvas = page.getByRole('img', { name: /Взаимодействия по времени/ }).locator('canvas')
    const box = await canvas.boundingBox()
    await canvas.click({ position: { x: (box?.width ?? 0) / 2, y: (box?.height ?? 0) - 60 } })
    await expect(page.getByRole('dialog').getByRole('link', { name: topic })).toBeVisible({ timeout: 1500 })
  }).toPass()
})

test('R41 the lost requests of a department open, and only those', async ({ as, api }) => {
  const [director, manager] = [await api('director'), await api('manager')]
  const { department_id: department = '' } = await manager.get<Schema<'Profile'>>('/me')
  const topic = unique('Не к нам')
  await manager.post('/acceptance', { as: 'lost', client: { name: unique('Прохожий') }, kind: 'call', topic, lost_reason: 'no-need' })
  const page = await as('director')
  await page.goto(`/reports/losses?department=${department}`)
  await page.getByRole('button', { name: /Потеряно при приёме: [1-9]/ }).first().click()
  await expect(page.getByRole('dialog').getByRole('link', { name: topic })).toBeVisible()
  const others = (await director.get<Schema<'DepartmentList'>>('/departments')).items?.find((one) => one.id !== department)
  const elsewhere = await director.get<Schema<'InteractionList'>>(`/interactions?lost=true&department=${others?.id}&limit=200`)
  expect((elsewhere.items ?? []).map((one) => one.topic)).not.toContain(topic)
})

test('R14 a report is taken away as a spreadsheet by those who may', async ({ as }) => {
  const page = await as('director')
  await page.goto('/reports/control')
  const started = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Скачать XLSX' }).click()
  expect((await started).suggestedFilename()).toBe('control.xlsx')
  const manager = await as('manager')
  await manager.goto('/reports/control')
  await expect(manager.getByText('показаны только ваши карточки')).toBeVisible()
  await expect(manager.getByRole('combobox', { name: 'Ответственный' })).toHaveCount(0)
})

test('a report that is refused says why, and is asked for again', async ({ as }) => {
  const page = await as('director')
  let down = true
  await page.route('**/api/v1/reports/control', (route) => (down ? route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify({ type: '/problems#busy', code: 'busy', title: 'Занято', status: 503 }) }) : route.continue()))
  await page.goto('/reports/control')
  await expect(page.getByRole('alert')).toContainText('Занято')
  down = false
  await page.getByRole('button', { name: 'Повторить' }).click()
  await expect(page.getByRole('table')).toBeVisible()
})

test('on a telephone the reports can be read and their figures opened', async ({ as, api }) => {
  const source = unique('Телефон')
  await sold(await api('manager'), source, 1)
  const page = await as('director', { phone: true })
  await page.goto(`/reports/funnel?map=free-sale&${narrowedTo(source)}`)
  await page.getByRole('button', { name: 'Новая, Пришло: 1' }).click()
  await expect(page.getByRole('dialog').getByRole('listitem')).toHaveCount(1)
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true)
})

for (const scheme of ['light', 'dark'] as const) {
  test(`axe finds nothing on reports, ${scheme}`, async ({ as, api }) => {
    const source = unique('Доступность')
    await sold(await api('manager'), source, 1, { potential: '1000' })
    const page = await as('director', { scheme })
    for (const path of ['funnel?map=free-sale', 'potential?by=source', 'control?', 'channels?']) {
      await page.goto(`/reports/${path}&${narrowedTo(source)}`)
      await expect(page.getByRole('table')).toBeVisible()
      await expect(page.locator('canvas').first()).toBeVisible()
      await accessible(page)
    }
    await page.getByRole('button', { name: /Карточки: 1$/ }).click()
    await expect(page.getByRole('dialog').getByRole('listitem')).toHaveCount(1)
    await accessible(page)
  })
}
