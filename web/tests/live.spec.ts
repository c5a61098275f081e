import { accessible, expect, test, unique, type Schema } from './rig/test'

type Made = Schema<'CaseWithTasks'>

test('R6 R13 what a colleague does shows on the board and among all tasks', async ({ as, api }) => {
  const manager = await api('manager')
  const topic = unique('Живая сделка')
  const made = await manager.post<Made>('/deals', { map: 'free-sale', topic, source: 'Сайт', client: { name: unique('ООО Поток'), create_anyway: true } })
  const director = await as('director')
  await director.goto(`/sales?map=free-sale&responsible=all&q=${encodeURIComponent(topic)}`)
  const column = (name: string) => director.getByRole('region', { name, exact: true })
  await expect(column('Новая').getByRole('article')).toHaveCount(1)
  await manager.post(`/deals/${made.case.number}/move`, { stage: 'in-progress' })
  await expect(column('В работе').getByRole('article')).toHaveCount(1)

  await director.goto(`/tasks?case=${made.case.number}`)
  await expect(director.getByRole('heading', { level: 1 })).toBeVisible()
  const task = unique('Перезвонить')
  await manager.post('/tasks', { kind: 'personal', title: task, case_id: made.case.id })
  await expect(director.getByRole('link', { name: new RegExp(task) })).toBeVisible()
})

test('R15 a client that is given to a colleague is gone from the list of whom he was taken from', async ({ as, api }) => {
  const admin = await api('admin')
  const role = unique('own').toLowerCase().replaceAll(' ', '-')
  await admin.put(`/roles/${role}`, { name: { ru: unique('Своё'), en: unique('Own') }, rights: ['work'], visibility: 'own' }, { 'If-None-Match': '*' })
  const login = unique('own').toLowerCase().replaceAll(' ', '.')
  const user = await admin.post<Schema<'User'>>('/users', { login, name: unique('Видит Своё'), password: 'a long password', roles: [role], lang: 'ru', time_zone: 'Europe/Moscow' })
  const client = await admin.post<Schema<'Client'>>('/clients', { name: unique('ООО Переходящее'), kind: 'company', owner_id: user.id, create_anyway: true })
  const page = await as('director')
  const answer = await page.context().request.post('/api/v1/sessions', { data: { login, password: 'a long password' } })
  expect(answer.ok(), await answer.text()).toBe(true)
  await page.goto(`/clients?q=${encodeURIComponent(client.name)}`)
  await expect(page.getByRole('link', { name: client.name })).toBeVisible()
  await admin.patch(`/clients/${client.id}`, { owner_id: await admin.userID('manager') })
  await expect(page.getByRole('link', { name: client.name })).toHaveCount(0)
})

test('R13 when something happens only those pages of a long list are read again that are in sight', async ({ as, api }) => {
  test.setTimeout(180_000)
  const manager = await api('manager')
  const topic = unique('Длинный список')
  const first = await manager.post<Made>('/deals', { map: 'free-sale', topic, source: 'Сайт', client: { name: unique('ООО Поток'), create_anyway: true } })
  const client = first.case.client_id ?? ''
  for (let n = 0; n < 11; n += 1) await Promise.all([0, 1, 2, 3].map(() => manager.post('/deals', { map: 'free-sale', topic: 'Ещё одна', source: 'Сайт', client_id: client })))
  const newest = await manager.post<Made>('/deals', { map: 'free-sale', topic: 'Последняя', source: 'Сайт', client_id: client })
  const page = await as('director')
  await page.setViewportSize({ width: 1440, height: 500 })
  await page.route(/\/api\/v1\/cases\?/, (route) => route.continue({ url: route.request().url().replace('limit=50', 'limit=10') }))
  await page.goto(`/cases?client=${client}`)
  const table = page.getByRole('table', { name: 'Карточки' })
  const toTheEnd = () =>
    expect(async () => {
      await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight))
      await expect(table.getByRole('link', { name: topic })).toBeVisible({ timeout: 500 })
    }).toPass({ timeout: 30_000 })
  await toTheEnd()
  await page.evaluate(() => window.scrollTo(0, 0))
  await expect(table.getByRole('link', { name: 'Последняя' })).toBeVisible()

  const asked = new Set<string>()
  page.on('request', (request) => request.url().includes('/api/v1/cases?') && asked.add(request.url()))
  const changed = unique('Новое имя')
  await manager.patch(`/cases/${newest.case.number}`, { topic: changed })
  await expect(table.getByRole('link', { name: changed })).toBeVisible()
  expect(asked.size, [...asked].join('\n')).toBeLessThanOrEqual(3) // of five
  // What was further down is still there for whoever goes there.
  await toTheEnd()
})

test('many windows of one browser share one stream, and the next one listens when the first is closed', async ({ as, api }) => {
  test.setTimeout(120_000) // seven windows
  const manager = await api('manager2')
  const topic = unique('Shared stream')
  const made = await manager.post<Made>('/deals', { map: 'free-sale', topic, source: 'Web', client: { name: unique('Stream Ltd'), create_anyway: true } })
  const first = await as('manager2', { lang: 'en' })
  const context = first.context()
  const streams = new Set<unknown>()
  context.on('request', (request) => request.url().includes('/api/v1/events') && streams.add(request))
  context.on('requestfinished', (request) => streams.delete(request))
  context.on('requestfailed', (request) => streams.delete(request))
  const windows = [first]
  // A browser holds six connections to a server: with a stream for each window the seventh would never open.
  while (windows.length < 7) windows.push(await context.newPage())
  for (const window of windows) {
    await window.goto(`/cases/${made.case.number}`)
    await expect(window.getByRole('heading', { level: 1 })).toHaveText(topic)
  }
  await expect.poll(() => streams.size).toBe(1)
  const said = async (words: string) => {
    await manager.post(`/cases/${made.case.number}/comments`, { text: words })
    for (const window of windows) await expect(window.getByRole('feed')).toContainText(words)
  }
  await said(unique('Heard everywhere'))
  streams.clear() // a closed window does not say that its requests are over
  await windows.shift()?.close()
  await said(unique('Heard by those who are left'))
  await expect.poll(() => streams.size).toBe(1)
})

test('without a connection the page says so, what fails is told and stays typed, and what others did is read when it is back', async ({ as, api }) => {
  const manager = await api('manager')
  const made = await manager.post<Made>('/deals', { map: 'free-sale', topic: unique('Без связи'), source: 'Сайт', client: { name: unique('ООО Поезд'), create_anyway: true } })
  const page = await as('manager')
  await page.goto(`/cases/${made.case.number}`)
  const comment = page.getByRole('textbox', { name: 'Комментарий', exact: true })
  await expect(comment).toBeVisible()
  const banner = page.getByRole('status', { name: 'Связь с сервером' })
  await expect(banner).toHaveText('')
  await page.context().setOffline(true)
  await expect(banner).toContainText('Нет связи с сервером')
  await accessible(page)
  const words = unique('Из туннеля')
  await comment.fill(words)
  await page.getByRole('button', { name: 'Добавить комментарий' }).click()
  await expect(page.getByRole('alert')).toContainText('Нет связи с сервером')
  await expect(comment).toHaveValue(words)
  const theirs = unique('Пока вас не было')
  await manager.post(`/cases/${made.case.number}/comments`, { text: theirs })
  await page.context().setOffline(false)
  await expect(banner).toHaveText('')
  await expect(page.getByRole('feed')).toContainText(theirs)
  await page.getByRole('button', { name: 'Добавить комментарий' }).click()
  await expect(page.getByRole('feed')).toContainText(words)
})

test('a stream of changes that has broken off is told', async ({ as }) => {
  const page = await as('dispatcher')
  await page.route('**/api/v1/events*', (route) => route.fulfill({ status: 503, body: '' }))
  await page.goto('/inbox')
  const banner = page.getByRole('status', { name: 'Связь с сервером' })
  await expect(banner).toContainText('Нет связи с обновлениями')
  await page.unroute('**/api/v1/events*')
  await expect(banner).toHaveText('')
})
