import { accessible, expect, test, unique, type Api, type Schema } from './rig/test'

type Case = Schema<'Case'>

/** A deal led by its process, of a client that no other test has. */
async function aDeal(api: Api, topic = unique('Доски')): Promise<Case> {
  const made = await api.post<Schema<'CaseWithTasks'>>('/deals', {
    topic, source: 'Сайт', client: { name: unique('ООО Клиент'), email: `${unique('a').replaceAll(' ', '')}@example.com`, create_anyway: true },
  })
  return made.case
}

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()

test('R42 R65 fields of a card are changed in place, and the change is in the feed', async ({ as, api }) => {
  const deal = await aDeal(await api('manager'))
  const page = await as('manager')
  await page.goto(`/cases/${deal.number}`)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(deal.topic)
  await page.getByRole('button', { name: 'Изменить: Тема' }).click()
  const topic = unique('Новая тема')
  await page.getByRole('textbox', { name: 'Тема' }).fill(topic)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(topic)
  await expect(page.getByRole('button', { name: 'Изменить: Тема' })).toBeFocused()
  await page.getByRole('button', { name: 'Изменить: Возможная сумма' }).click()
  await page.getByRole('textbox', { name: 'Возможная сумма' }).fill('много')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('group', { name: 'Возможная сумма' }).getByRole('textbox')).toHaveAttribute('aria-invalid', 'true')
  // It is told in the user's own terms, before it is sent, and what was typed stays as it was.
  const sum = page.getByRole('textbox', { name: 'Возможная сумма' })
  await sum.fill('12 345,67абв')
  const told = page.getByRole('group', { name: 'Возможная сумма' })
  const sent: string[] = []
  page.on('request', (request) => request.method() === 'PATCH' && sent.push(request.url()))
  await page.keyboard.press('Enter')
  await expect(told).toContainText('не больше двух знаков после запятой')
  await sum.blur()
  await expect(sum).toHaveValue('12 345,67абв')
  expect(sent).toEqual([])
  await page.getByRole('textbox', { name: 'Возможная сумма' }).fill('150 000,50')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('group', { name: 'Возможная сумма' })).toContainText('150 000,50 ₽')
  await expect(page.getByRole('feed')).toContainText('изменения')
})

test('R44 R65 a number means what the language of the page says, and what is shown is taken back as it is', async ({ as, api }) => {
  const manager = await api('manager2')
  const deal = await aDeal(manager)
  const page = await as('manager2', { lang: 'en' })
  await page.goto(`/cases/${deal.number}`)
  const amount = page.getByRole('group', { name: 'Potential amount' })
  const saved = async () => String((await manager.get<Case>(`/cases/${deal.number}`)).fields?.potential)
  await page.getByRole('button', { name: 'Change: Potential amount' }).click()
  await amount.getByRole('textbox').fill('12,500')
  await page.keyboard.press('Enter')
  await expect(amount).toContainText('12,500')
  expect(Number(await saved())).toBe(12_500)

  // As it is shown, with a digit more.
  await page.getByRole('button', { name: 'Change: Potential amount' }).click()
  await expect(amount.getByRole('textbox')).toHaveValue('12,500')
  await page.keyboard.press('End')
  await page.keyboard.type('.5')
  await page.keyboard.press('Enter')
  await expect(amount).toContainText('12,500.50')
  expect(Number(await saved())).toBe(12_500.5)
})

test('R42 what one works with is in the first screen of a small notebook: the route, the task, the feed and where one writes', async ({ as, api }) => {
  const deal = await aDeal(await api('manager'))
  const page = await as('manager')
  await page.setViewportSize({ width: 1280, height: 800 })
  await page.goto(`/cases/${deal.number}`)
  const route = page.getByRole('region', { name: 'Маршрут', exact: true })
  await expect(route.getByRole('listitem').filter({ hasText: 'Первичный контакт' })).toBeInViewport({ ratio: 1 })
  await expect(route.getByRole('listitem').last()).toBeInViewport({ ratio: 1 })
  await expect(page.getByRole('heading', { level: 2, name: 'Первичный контакт' })).toBeInViewport({ ratio: 1 })
  const outcomes = page.getByRole('group', { name: 'Итоги' }).getByRole('button')
  await expect(outcomes).toHaveCount(2)
  for (const outcome of await outcomes.all()) await expect(outcome).toBeInViewport({ ratio: 1 })
  await expect(page.getByRole('feed')).toBeInViewport()
  await expect(page.getByRole('textbox', { name: 'Комментарий' })).toBeInViewport({ ratio: 1 })
  await expect(page.getByRole('form', { name: 'Следующее действие' }).getByLabel('О чём')).toBeInViewport({ ratio: 1 })
  // What is told of it lies over nothing that one writes with or presses.
  await page.getByRole('form', { name: 'Следующее действие' }).getByLabel('О чём').fill('Созвон')
  await page.getByRole('button', { name: 'Запланировать', exact: true }).click()
  const told = await page.getByRole('alert').filter({ hasText: 'Запланировано' }).boundingBox()
  const main = await page.getByRole('region', { name: 'Лента' }).boundingBox()
  expect((told?.x ?? Infinity) + (told?.width ?? Infinity)).toBeLessThan(main?.x ?? 0)
  await route.getByRole('button', { name: 'Схема крупно' }).click()
  await expect(page.getByRole('dialog').getByRole('img', { name: /Схема маршрута/ })).toBeVisible()
})

test('R33 the route is drawn in the card when one wants it so: live, around the current stage, in letters to be read, moved by key', async ({ as, api }) => {
  const manager = await api('manager')
  const deal = await aDeal(manager)
  const page = await as('manager')
  await page.setViewportSize({ width: 1280, height: 800 })
  await page.goto(`/cases/${deal.number}`)
  const route = page.getByRole('region', { name: 'Маршрут', exact: true })
  await route.getByText('Схема', { exact: true }).click()
  const drawing = route.getByRole('group', { name: /Схема маршрута/ })
  const current = drawing.locator('[data-state="current"]')
  await expect(current).toContainText('Первичный контакт')
  await expect(current).toBeInViewport({ ratio: 1 })
  const letters = async () => current.evaluate((card) => (parseFloat(getComputedStyle(card).fontSize) * card.getBoundingClientRect().width) / (card as HTMLElement).offsetWidth)
  await expect.poll(letters).toBeGreaterThan(11)
  const left = async () => (await current.boundingBox())?.x ?? 0
  const before = await left()
  await drawing.press('ArrowRight')
  await expect.poll(left).toBeLessThan(before - 50)
  await accessible(page)

  await page.reload()
  await expect(current).toContainText('Первичный контакт')
  const { items } = await manager.get<Schema<'TaskList'>>(`/cases/${deal.number}/tasks`)
  await manager.post(`/tasks/${items?.[0]?.id}/complete`, { outcome: 'made', fields: { interaction: { kind: 'call', at: inDays(-1), topic: 'Первый звонок', content: 'Рассказали о нас.' } } })
  await expect(current).not.toContainText('Первичный контакт')
  await expect(drawing.locator('[data-state="done"]')).toContainText('Первичный контакт')
  await expect(current).toBeInViewport({ ratio: 1 })

  // What one has, and until when, is of this case.
  await expect(current).toContainText('Иван Петров')
  await expect(current).toContainText('до ')
  // On a telephone a route in words is no more than where the case is, until one asks for the whole.
  await page.setViewportSize({ width: 390, height: 844 })
  await route.getByText('Этапы', { exact: true }).click()
  await expect(route.getByRole('listitem')).toHaveCount(1)
  await route.getByRole('button', { name: 'Весь маршрут' }).click()
  await expect(route.getByRole('listitem').filter({ hasText: 'Первичный контакт' })).toBeVisible()
})

test('R42 fields that are not given wait behind a line, and come below those that are', async ({ as, api }) => {
  const deal = await aDeal(await api('manager'))
  const page = await as('manager')
  await page.goto(`/cases/${deal.number}`)
  const fields = page.getByRole('region', { name: 'Продажа' })
  await expect(fields.getByText('Не указано')).toHaveCount(1) // the sum, which is asked for in every deal
  const names = () => fields.getByRole('group').evaluateAll((groups) => groups.map((group) => group.getAttribute('aria-label')))
  const before = await names()
  await fields.getByRole('button', { name: /^Показать ещё/ }).click()
  await expect(fields.getByRole('button', { name: 'Только заполненные' })).toBeVisible()
  const after = await names()
  expect(after.length).toBeGreaterThan(before.length)
  expect(after.slice(0, before.length)).toEqual(before)
})

test('R6 R65 two browsers: what a colleague does shows at once, and a stale edit is shown, not lost', async ({ as, api, refused }) => {
  refused(412)
  const deal = await aDeal(await api('manager'))
  const mine = await as('manager')
  const theirs = await as('director')
  await Promise.all([mine.goto(`/cases/${deal.number}`), theirs.goto(`/cases/${deal.number}`)])
  await expect(theirs.getByRole('heading', { level: 1 })).toHaveText(deal.topic)
  await mine.getByRole('button', { name: 'Изменить: Тема' }).click()
  await mine.getByRole('textbox', { name: 'Тема' }).fill('Моя тема')

  // Another field, meanwhile: both changes stay.
  await theirs.getByRole('button', { name: 'Изменить: Источник' }).click()
  await theirs.getByRole('combobox', { name: 'Источник' }).fill('Ярмарка')
  await theirs.keyboard.press('Enter')
  await expect(mine.getByRole('group', { name: 'Источник' })).toContainText('Ярмарка')
  await mine.keyboard.press('Enter')
  await expect(mine.getByRole('heading', { level: 1 })).toHaveText('Моя тема')
  await expect(theirs.getByRole('heading', { level: 1 })).toHaveText('Моя тема')

  // The same field: both are shown, and one is chosen.
  await mine.getByRole('button', { name: 'Изменить: Тема' }).click()
  await mine.getByRole('textbox', { name: 'Тема' }).fill('Моя вторая')
  await theirs.getByRole('button', { name: 'Изменить: Тема' }).click()
  await theirs.getByRole('textbox', { name: 'Тема' }).fill('Их тема')
  await theirs.keyboard.press('Enter')
  await expect(theirs.getByRole('heading', { level: 1 })).toHaveText('Их тема')
  await mine.getByRole('textbox', { name: 'Тема' }).press('Enter')
  const conflict = mine.getByRole('alert')
  await expect(conflict).toContainText('Их тема')
  await expect(conflict).toContainText('Моя вторая')
  await accessible(mine)
  // Enter once more is no choice: nothing is written over what a colleague has written until one says so.
  const written: string[] = []
  mine.on('request', (request) => request.method() === 'PATCH' && written.push(request.url()))
  await mine.getByRole('textbox', { name: 'Тема' }).press('Enter')
  await expect(conflict).toBeFocused()
  await mine.keyboard.press('Enter')
  expect(written).toEqual([])
  await mine.keyboard.press('Tab')
  await expect(conflict.getByRole('button', { name: 'Оставить как есть' })).toBeFocused()
  await conflict.getByRole('button', { name: 'Записать моё' }).click()
  await expect(conflict).toHaveCount(0)
  await expect(mine.getByRole('heading', { level: 1 })).toHaveText('Моя вторая')
  await expect(theirs.getByRole('heading', { level: 1 })).toHaveText('Моя вторая')

  // The feed.
  const said = unique('Позвоню завтра')
  await theirs.getByRole('textbox', { name: 'Комментарий' }).fill(said)
  await theirs.getByRole('button', { name: 'Добавить комментарий' }).click()
  await expect(mine.getByRole('feed')).toContainText(said, { timeout: 3000 })
})

test('R5 the newest of a long feed are in sight at once, the older are folded away, and a link to one of them leads there', async ({ as, api }) => {
  const manager = await api('manager')
  const deal = await aDeal(manager)
  const first = await manager.post<Schema<'Comment'>>(`/cases/${deal.number}/comments`, { text: 'Самое первое' })
  for (let i = 1; i <= 12; i++) await manager.post(`/cases/${deal.number}/comments`, { text: `Потом ещё ${i}` })
  const page = await as('manager')
  await page.setViewportSize({ width: 1280, height: 800 })
  await page.goto(`/cases/${deal.number}`)
  const feed = page.getByRole('feed')
  const newest = feed.getByText('Потом ещё 12', { exact: true })
  await expect(newest).toBeInViewport({ ratio: 1 })
  const earlier = page.getByRole('button', { name: /^Показать более раннее: \d+ событ/ })
  await expect(earlier).toBeInViewport()
  await expect(feed.getByText('Самое первое')).toHaveCount(0)
  await expect(page.getByRole('textbox', { name: 'Комментарий' })).toBeInViewport({ ratio: 1 })
  // What a filter has found is all there.
  await page.getByRole('button', { name: 'Отбор' }).click()
  await page.getByText('Заметки', { exact: true }).click()
  await expect(feed.getByText('Самое первое')).toHaveCount(1)
  await page.getByRole('button', { name: 'Показать всё' }).click()
  await expect(feed.getByText('Самое первое')).toHaveCount(0)
  await earlier.click()
  await expect(feed.getByText('Самое первое')).toHaveCount(1)
  await expect(earlier).toHaveCount(0)

  await page.goto('/inbox')
  await page.goto(`/cases/${deal.number}#comment-${first.id}`)
  await expect(feed.getByText('Самое первое')).toBeInViewport()
})

test('R33 on a telephone one finger over the drawn route scrolls the page', async ({ as, api }) => {
  const deal = await aDeal(await api('manager'))
  const page = await as('manager')
  await page.setViewportSize({ width: 390, height: 844 })
  const touch = await page.context().newCDPSession(page)
  await touch.send('Emulation.setTouchEmulationEnabled', { enabled: true })
  await page.goto(`/cases/${deal.number}`)
  const route = page.getByRole('region', { name: 'Маршрут', exact: true })
  await route.getByText('Схема', { exact: true }).click()
  const drawing = route.getByRole('group', { name: /Схема маршрута/ })
  await expect(drawing.locator('[data-state="current"]')).toBeVisible()
  const y = ((await drawing.boundingBox())?.y ?? 0) + 200
  await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x: 150, y }] })
  for (let way = 15; way <= 150; way += 15) await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: [{ x: 150, y: y - way }] })
  await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
  await expect.poll(async () => page.evaluate(() => window.scrollY)).toBeGreaterThan(80)
})

test('R5 what is folded away at first shows and stays: an entry that one has been told of, the older pages, and one that cannot be read is told once', async ({ as, api, refused }) => {
  refused(403)
  const director = await api('director')
  const manager = await api('manager')
  const deal = await aDeal(manager)
  const first = await manager.post<Schema<'Comment'>>(`/cases/${deal.number}/comments`, { text: 'Самое первое' })
  for (let i = 1; i <= 20; i++) await manager.post(`/cases/${deal.number}/comments`, { text: `До ${i}` })
  await director.post(`/cases/${deal.number}/comments`, { text: 'Посмотрите, @manager' })
  for (let i = 1; i <= 14; i++) await manager.post(`/cases/${deal.number}/comments`, { text: `После ${i}` })
  const page = await as('manager')
  await page.setViewportSize({ width: 1280, height: 800 })
  await page.goto(`/cases/${deal.number}`)
  const feed = page.getByRole('feed')
  await expect(feed.getByText('Посмотрите, @manager')).toHaveCount(1)
  await expect(feed.getByRole('article')).toHaveCount(15)
  const known = page.waitForResponse((response) => /\/me\/notices(\?|$)/.test(response.url()) && response.request().method() === 'GET')
  await manager.post('/me/notices/read', {})
  await known
  await expect(feed.getByRole('article')).toHaveCount(15)
  // What was read before is folded like all else, but never below a few, however low the window is.
  await page.setViewportSize({ width: 1280, height: 660 })
  await page.reload()
  await expect(feed.getByRole('article').nth(2)).toBeVisible()
  await expect(feed.getByText('Посмотрите, @manager')).toHaveCount(0)

  let asked = 0
  const older = /\/feed\?.*after=/
  await page.route(older, async (route) => {
    asked++
    await route.fulfill({ status: 403, contentType: 'application/problem+json', body: JSON.stringify({ code: 'forbidden', status: 403, title: 'Нельзя' }) })
  })
  await page.goto('/inbox')
  await page.goto(`/cases/${deal.number}#comment-${first.id}`)
  const lane = page.getByRole('region', { name: 'Лента' })
  await expect(lane.getByRole('alert')).toBeVisible()
  const told = asked
  // Whether it is asked again by itself shows while other things are asked.
  for (let i = 0; i < 20; i++) await page.evaluate(() => fetch('/api/v1/about').then((answer) => answer.text()))
  expect(asked).toBe(told)
  await page.unroute(older)
  await lane.getByRole('alert').getByRole('button').click()
  await expect(feed.getByText('Самое первое')).toBeInViewport()
})

test('R5 by keyboard every press for what is earlier leaves one in the feed, and what one has said comes into sight', async ({ as, api }) => {
  const manager = await api('manager')
  const deal = await aDeal(manager)
  for (let i = 1; i <= 38; i++) await manager.post(`/cases/${deal.number}/comments`, { text: `Сказано ${i}` })
  const page = await as('manager')
  await page.setViewportSize({ width: 1280, height: 800 })
  await page.goto(`/cases/${deal.number}`)
  const feed = page.getByRole('feed')
  const earlier = page.getByRole('button', { name: /^Показать более раннее/ })
  const inFeed = () => page.evaluate(() => document.activeElement?.closest('[role="feed"] article') !== null && document.activeElement !== document.body)
  await expect(feed.getByText('Сказано 38', { exact: true })).toBeInViewport()
  // First what has been read and is folded away, then the page that the server has.
  await earlier.press('Enter')
  await expect(feed.getByText('Сказано 12', { exact: true })).toHaveCount(1)
  expect(await inFeed()).toBe(true)
  await expect(feed.getByText('Сказано 1', { exact: true })).toHaveCount(0)
  await earlier.press('Enter')
  await expect(feed.getByText('Сказано 1', { exact: true })).toHaveCount(1)
  await expect(earlier).toHaveCount(0)
  await expect.poll(inFeed).toBe(true)

  const last = feed.getByText('Сказано 38', { exact: true })
  await last.scrollIntoViewIfNeeded()
  await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight))
  const write = page.getByRole('textbox', { name: 'Комментарий' })
  await write.fill('Моё\nв\nнесколько\nстрок')
  await write.press('Control+Enter')
  await expect(feed.getByText('несколько')).toBeInViewport({ ratio: 1 })
})

test('R5 a link to an entry leads into sight of it, and what has come since pushes nothing of it out', async ({ as, api }) => {
  const manager = await api('manager')
  const deal = await aDeal(manager)
  const said: Schema<'Comment'>[] = []
  for (let i = 1; i <= 40; i++) said.push(await manager.post<Schema<'Comment'>>(`/cases/${deal.number}/comments`, { text: `Сказано ${i}` }))
  const page = await as('manager')
  await page.setViewportSize({ width: 1280, height: 800 })
  const feed = page.getByRole('feed')
  for (const one of [36, 28, 16]) {
    await page.goto('/inbox')
    await page.goto(`/cases/${deal.number}#comment-${said[one - 1]?.id}`)
    await expect(feed.getByText(`Сказано ${one}`, { exact: true })).toBeInViewport({ ratio: 1 })
  }
  // Of the first page the oldest is looked at.
  await page.goto('/inbox')
  await page.goto(`/cases/${deal.number}`)
  await page.getByRole('button', { name: /^Показать более раннее/ }).click()
  await expect(feed.getByRole('article')).toHaveCount(30)
  const oldest = await feed.getByRole('article').first().getAttribute('id')
  for (let i = 1; i <= 3; i++) await manager.post(`/cases/${deal.number}/comments`, { text: `Позже ${i}` })
  await expect(feed.getByText('Позже 3', { exact: true })).toHaveCount(1)
  await expect(page.locator(`[id="${oldest}"]`)).toHaveCount(1)
  await expect(feed.getByRole('article')).toHaveCount(33)
  // An older page that was asked for is of this feed: another filter begins with its first one.
  await page.getByRole('button', { name: /^Показать более раннее/ }).click()
  await expect(feed.getByText('Сказано 1', { exact: true })).toHaveCount(1)
  let older = 0
  await page.route(/\/feed\?.*after=/, async (route) => {
    older++
    await route.continue()
  })
  await page.getByRole('switch', { name: 'Вся история клиента' }).check()
  await expect(feed.getByText('Позже 3', { exact: true })).toHaveCount(1)
  await expect(page.getByRole('button', { name: /^Показать более раннее/ })).toBeVisible()
  expect(older).toBe(0)
})

test('R33 R45 below the drawn route it is told that a stage has failed', async ({ as, api }) => {
  const admin = await api('admin')
  const map = `failing-${Date.now().toString(36)}`
  const source = `id: ${map}
process: deal
name: {en: ${map}, ru: ${map}}
state: active
fields:
  sent_on: {type: date, name: {en: Sent on, ru: Отправлено}}
intake:
  - {field: sent_on}
stages:
  - id: pause
    kind: wait
    name: {en: Pause, ru: Пауза}
    wait: {until: sent_on}
  - id: look
    name: {en: Look, ru: Осмотр}
    performer: responsible
    outcomes:
      - {id: sold, name: {en: Sold, ru: Продано}, finish: positive}
`
  await admin.post('/route-maps', { source })
  const made = await admin.post<Schema<'CaseWithTasks'>>('/deals', { map, topic: unique('Без дня'), source: 'Сайт', client: { name: unique('ООО Сбой'), create_anyway: true } })
  const page = await as('admin')
  await page.goto(`/cases/${made.case.number}`)
  const route = page.getByRole('region', { name: 'Маршрут', exact: true })
  await route.getByText('Схема', { exact: true }).click()
  await expect(route.locator('[data-stage="pause"]')).toHaveAttribute('data-failed', 'true')
  await expect(page.getByText(/^Шаг не удался \(не указано время/)).toBeVisible()
  await expect(route.locator('li').filter({ hasText: 'Пауза' }).getByText('Сбой: нужно вмешательство').first()).toBeVisible()
  await accessible(page)
  // Mended, it goes on, and the line goes.
  await admin.patch(`/cases/${made.case.id}`, { fields: { sent_on: '2026-01-02' } })
  await expect(route.locator('[data-stage="look"]')).toHaveAttribute('data-state', 'current')
  await expect(route.getByText('Сбой: нужно вмешательство')).toHaveCount(0)
})

test('R10 a comment is deleted at once, and is back as it was when that is undone', async ({ as, api }) => {
  const manager = await api('manager')
  const deal = await aDeal(manager)
  const said = unique('Пароль от кабинета')
  await manager.post(`/cases/${deal.number}/comments`, { text: said })
  const page = await as('manager')
  await page.goto(`/cases/${deal.number}`)
  const feed = page.getByRole('feed')
  await expect(feed).toContainText(said)
  await feed.getByRole('button', { name: 'Удалить комментарий' }).click()
  await expect(feed).not.toContainText(said)
  await expect(feed).toContainText('удалены примечание или комментарий')
  expect((await manager.get<Schema<'CommentList'>>(`/cases/${deal.number}/comments`)).items).toEqual([])
  await accessible(page)
  await page.getByRole('button', { name: 'Отменить', exact: true }).click()
  await expect(feed).toContainText(said)
})

test('R3 R4 R5 R6 planned on top, deleted grey with a way back, and a filter never hides what is planned', async ({ as, api }) => {
  const manager = await api('manager')
  const deal = await aDeal(manager)
  await manager.post('/interactions', { kind: 'meeting', at: inDays(-1), topic: 'Прошлая встреча', case_id: deal.id })
  const page = await as('manager')
  await page.goto(`/cases/${deal.number}`)
  await page.getByRole('form', { name: 'Следующее действие' }).getByLabel('О чём').fill('Созвон о ценах')
  await page.getByRole('button', { name: 'Запланировать', exact: true }).click()
  const planned = page.getByRole('list', { name: 'Запланировано' })
  await expect(planned).toContainText('Созвон о ценах')
  await page.getByRole('button', { name: 'Отбор' }).click()
  await page.getByText('Файлы', { exact: true }).click()
  await expect(page.getByText('Прошлая встреча')).toHaveCount(0)
  await expect(planned).toContainText('Созвон о ценах')
  await accessible(page)
  await page.getByRole('button', { name: 'Показать всё' }).click()
  await expect(page.getByRole('feed')).toContainText('Прошлая встреча')

  await planned.getByRole('button', { name: 'Удалить из плана' }).click()
  const gone = page.getByRole('article').filter({ has: page.getByRole('button', { name: 'Восстановить' }) })
  await expect(gone.getByText('Созвон о ценах', { exact: true })).toHaveCSS('text-decoration-line', 'line-through')
  await gone.getByRole('button', { name: 'Восстановить' }).click()
  await expect(planned).toContainText('Созвон о ценах')
})

test('R7 the whole history of the client is one switch away', async ({ as, api }) => {
  const manager = await api('manager')
  const deal = await aDeal(manager)
  const other = await manager.post<Schema<'CaseWithTasks'>>('/deals', { topic: unique('Другая'), source: 'Сайт', client_id: deal.client_id })
  await manager.post(`/cases/${other.case.number}/comments`, { text: 'О другом деле' })
  const page = await as('manager')
  await page.goto(`/cases/${deal.number}`)
  await expect(page.getByRole('feed')).toContainText('карточка создана')
  await expect(page.getByText('Из другой карточки клиента')).toHaveCount(0)
  await page.getByRole('switch', { name: 'Вся история клиента' }).check()
  await expect(page.getByText('Из другой карточки клиента').first()).toBeVisible()
})

test('R9 R10 a comment names a colleague, a letter goes out, a file, a task and an assignment are added', async ({ as, api }) => {
  const deal = await aDeal(await api('admin'))
  const page = await as('admin', { lang: 'en' })
  await page.goto(`/cases/${deal.number}`)
  const comment = page.getByRole('textbox', { name: 'Comment' })
  await comment.pressSequentially('Ask @dire')
  await page.getByRole('option', { name: /@director/ }).click()
  await expect(comment).toHaveValue('Ask @director ')
  await page.getByRole('button', { name: 'Add the comment' }).click()
  await expect(page.getByRole('feed')).toContainText('Ask @director')

  await page.getByRole('tab', { name: 'E-mail' }).click()
  await page.getByRole('textbox', { name: 'Subject' }).fill('Our offer')
  await page.getByRole('textbox', { name: 'Text' }).fill('Please find it attached.')
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  await expect(page.getByRole('feed')).toContainText('Our offer')

  await page.getByRole('tab', { name: 'File' }).click()
  await page.getByLabel('Choose files').last().setInputFiles({ name: 'offer.txt', mimeType: 'text/plain', buffer: Buffer.from('offer') })
  await expect(page.getByRole('link', { name: 'Download “offer.txt”' })).toBeVisible()

  await page.getByRole('tab', { name: 'Assignment' }).click()
  await page.getByRole('textbox', { name: 'What is to be done' }).fill('Check the prices')
  await page.getByRole('combobox', { name: 'Who is to do it' }).click()
  await page.getByRole('option').nth(1).click()
  await page.getByRole('button', { name: 'Give the assignment', exact: true }).click()
  await expect(page.getByRole('region', { name: 'To do now' })).toContainText('Check the prices')
  await accessible(page)
})

test('R10 what one has said is changed by its author alone, and what it said before is kept', async ({ as, api }) => {
  const admin = await api('admin')
  const deal = await aDeal(admin)
  const page = await as('admin', { lang: 'en' })
  await page.goto(`/cases/${deal.number}`)
  await page.getByRole('textbox', { name: 'Comment' }).fill('Paid on Mondey')
  await page.getByRole('button', { name: 'Add the comment' }).click()
  const said = page.getByRole('feed').getByRole('group', { name: 'Comment' })
  await said.getByRole('button', { name: 'Change: Comment' }).click()
  await said.getByRole('textbox').fill('Paid on Monday')
  await said.getByRole('textbox').press('Control+Enter')
  await expect(page.getByRole('feed')).toContainText('Paid on Monday')
  await page.getByText('What it said before').click()
  await expect(page.getByRole('feed')).toContainText('Paid on Mondey')
  await accessible(page)
  const other = await as('manager2', { lang: 'en' })
  await other.goto(`/cases/${deal.number}`)
  await expect(other.getByText('Paid on Monday')).toHaveCount(0) // a colleague who has nothing to do with it does not see it
})

test('R10 files of a case are listed, and taken off with a way back', async ({ as, api }) => {
  const deal = await aDeal(await api('manager'))
  const page = await as('manager')
  await page.goto(`/cases/${deal.number}`)
  await page.getByRole('tab', { name: 'Файл' }).click()
  await page.getByLabel('Выбрать файлы').last().setInputFiles({ name: 'смета <img src=x onerror=alert(1)>.txt', mimeType: 'text/plain', buffer: Buffer.from('смета') })
  const files = page.getByRole('region', { name: 'Файлы' })
  const link = files.getByRole('link', { name: 'смета <img src=x onerror=alert(1)>.txt' })
  await expect(link).toHaveAttribute('href', /\/api\/v1\/files\//)
  await accessible(page)
  await files.getByRole('button', { name: /^Удалить файл: смета/ }).click()
  await expect(link).toHaveCount(0)
  await page.getByRole('button', { name: 'Отменить', exact: true }).click()
  await expect(link).toBeVisible()
})

test('R10 R65 an assignment is changed where it is shown, and the deadline of a task of the route is moved', async ({ as, api, refused }) => {
  refused(412, 422)
  const manager = await api('manager')
  const deal = await aDeal(manager)
  const title = unique('Проверить цены')
  const given = await manager.post<Schema<'Task'>>('/tasks', { kind: 'assignment', title, case_id: deal.id, assignee_id: await manager.userID('manager2') })
  const page = await as('manager')
  await page.goto(`/cases/${deal.number}?task=${given.id}`)
  const work = page.getByRole('region', { name: 'Сейчас делать' })
  await work.getByRole('button', { name: 'Изменить', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: 'Изменить поручение' })
  await dialog.getByRole('textbox', { name: 'Описание' }).fill('По прайсу на март')
  await dialog.getByRole('button', { name: 'Очистить: Кому поручить' }).focus()
  await page.keyboard.press('Enter')
  await expect(dialog.getByRole('combobox', { name: 'Кому поручить' })).toHaveValue('')
  await dialog.getByRole('combobox', { name: 'Кому поручить' }).click()
  await page.getByRole('option', { name: /Иван Петров/ }).click()
  await manager.patch(`/tasks/${given.id}`, { title: `${title} заново` })
  await accessible(page)
  await dialog.getByRole('button', { name: 'Сохранить' }).click()
  await expect(dialog).toHaveCount(0)
  const changed = await manager.get<Schema<'Task'>>(`/tasks/${given.id}`)
  expect([changed.name, changed.instructions, changed.assignee_id]).toEqual([`${title} заново`, 'По прайсу на март', await manager.userID('manager')])

  const stage = (await manager.get<Schema<'TaskList'>>(`/cases/${deal.number}/tasks`)).items?.find((task) => task.kind === 'stage')
  await page.goto(`/cases/${deal.number}?task=${stage?.id}`)
  await work.getByRole('button', { name: 'Перенести срок' }).click()
  const moving = page.getByRole('dialog', { name: 'Перенести срок задачи' })
  await moving.getByRole('button', { name: 'Перенести' }).click()
  await expect(moving.getByRole('textbox', { name: 'Причина' })).toHaveAttribute('aria-invalid', 'true')
  await moving.getByRole('textbox', { name: 'Причина' }).fill('Клиент в отпуске')
  await moving.getByLabel('Новый срок: дата').fill('01.12.2031')
  await moving.getByLabel('Новый срок: дата').press('Tab')
  await moving.getByRole('button', { name: 'Перенести' }).click()
  await expect(moving).toHaveCount(0)
  await expect.poll(async () => (await manager.get<Schema<'Task'>>(`/tasks/${stage?.id}`)).due_at).toMatch(/^2031-1[12]/)
})

test('R42 R53 what is to be done now goes on when a colleague has done it, unless one has begun to answer', async ({ as, api }) => {
  const director = await api('director')
  const made = { outcome: 'made', fields: { interaction: { kind: 'call', at: inDays(-1), topic: 'Первый звонок', content: 'Рассказали о нас.' } } }
  const first = async (deal: Case) => (await director.get<Schema<'TaskList'>>(`/cases/${deal.number}/tasks`)).items?.find((task) => task.status === 'open')
  const page = await as('manager')
  const work = page.getByRole('region', { name: 'Сейчас делать' })

  const looked = await aDeal(await api('manager'))
  await page.goto(`/cases/${looked.number}`)
  await expect(work.getByRole('heading', { name: 'Первичный контакт' })).toBeVisible()
  await director.post(`/tasks/${(await first(looked))?.id}/complete`, made)
  await expect(work.getByRole('heading', { name: 'Первичный контакт' })).toHaveCount(0)
  const next = await first(looked)
  expect(next).toBeDefined()
  await expect(work.getByRole('heading', { name: next?.name ?? '' })).toBeVisible()

  const begun = await aDeal(await api('manager'))
  await page.goto(`/cases/${begun.number}`)
  await work.getByRole('button', { name: 'Состоялся' }).click()
  await work.getByRole('form').getByRole('textbox', { name: 'Тема' }).fill('Говорили о сроках')
  await director.post(`/tasks/${(await first(begun))?.id}/complete`, made)
  await expect(work.getByText('Задача выполнена')).toBeVisible()
  await expect(work.getByRole('heading', { name: 'Первичный контакт' })).toBeVisible()
  await expect(work.getByText('Говорили о сроках')).toBeVisible()
})

test('what one types on while a comment is being sent is left to send, and an amount stays when a colleague closes the case', async ({ as, api }) => {
  const director = await api('director')
  const deal = await aDeal(await api('manager'))
  const page = await as('manager')
  await page.goto(`/cases/${deal.number}`)
  let go: (() => void) | undefined
  const held = new Promise<void>((free) => {
    go = free
  })
  await page.route('**/api/v1/cases/*/comments', async (route) => {
    await held
    await route.continue()
  })
  const comment = page.getByRole('textbox', { name: 'Комментарий' })
  await comment.fill('Первое.')
  const under = page.waitForRequest('**/comments')
  await comment.press('Control+Enter')
  await under
  await comment.press('End')
  await page.keyboard.type(' И второе')
  go?.()
  await expect(comment).toHaveValue('И второе')

  await page.getByRole('button', { name: 'Команды карточки' }).click()
  await page.getByRole('menuitem', { name: 'Оплаты' }).click()
  const amount = page.getByRole('dialog', { name: 'Оплаты' }).getByRole('textbox', { name: 'Сумма' })
  await amount.fill('1500')
  await director.post(`/cases/${deal.number}/cancel`, { reason: 'Заведена по ошибке' })
  await expect(page.getByText(/^закрыта: /)).toBeVisible()
  await expect(amount).toHaveValue('1500')
})

test('R31 R33 R34 switching to manual shows what it does, wants the number typed, and stays told; then one moves it by hand', async ({ as, api, refused }) => {
  refused(422)
  const deal = await aDeal(await api('manager'))
  const page = await as('manager')
  await page.goto(`/cases/${deal.number}`)
  const route = page.getByRole('region', { name: 'Маршрут' })
  await expect(route.getByRole('listitem').filter({ hasText: 'Первичный контакт' })).toHaveAttribute('aria-current', 'step')
  await page.getByRole('button', { name: 'Команды карточки' }).click()
  await page.getByRole('menuitem', { name: 'Перевести в ручной режим' }).click()
  const dialog = page.getByRole('dialog', { name: 'Перевод в ручной режим' })
  await expect(dialog.getByRole('listitem').filter({ hasText: 'Первичный контакт' }).first()).toBeVisible()
  await expect(dialog).toContainText('Срок всей сделки')
  const submit = dialog.getByRole('button', { name: 'Перевести навсегда' })
  await dialog.getByLabel('Причина').fill('Нетипичная сделка')
  await expect(submit).toBeDisabled()
  await accessible(page)
  await dialog.getByLabel(/введите номер сделки/).fill(deal.number)
  await submit.click()
  await expect(dialog).toBeHidden()
  await expect(page.getByText('Переведена в ручной режим: Иван Петров')).toBeVisible()
  await expect(page.getByText('Нетипичная сделка').first()).toBeVisible()
  await expect(page.getByRole('region', { name: 'Сейчас делать' })).toHaveCount(0) // what was withdrawn is nobody's to do
  await page.reload()
  await expect(page.getByText('Переведена в ручной режим: Иван Петров')).toBeVisible()
  await route.getByText('Схема', { exact: true }).click() // where one goes from, too
  await route.getByRole('button', { name: /этап «Заказ»/ }).click()
  await expect(route.getByRole('listitem').filter({ hasText: 'Заказ' }).first()).toHaveAttribute('aria-current', 'step')
  await page.getByRole('region', { name: deal.number }).getByRole('button', { name: 'Закрыть: Выиграна' }).click()
  const closing = page.getByRole('dialog')
  await closing.getByRole('button', { name: 'Выиграна' }).click()
  await expect(closing.getByLabel(/Сумма сделки/)).toHaveAttribute('aria-invalid', 'true')
  await closing.getByLabel(/Сумма сделки/).fill('1000')
  await closing.getByRole('button', { name: 'Выиграна' }).click()
  await expect(closing).toBeHidden()
  await expect(page.getByRole('region', { name: deal.number }).getByText('Выиграна').first()).toBeVisible()
})

test('R34 a window about what a colleague has ended meanwhile says so, keeps what is typed, and sends nothing', async ({ as, api }) => {
  const manager = await api('manager')
  const deal = await aDeal(manager)
  const page = await as('manager')
  await page.goto(`/cases/${deal.number}`)
  await page.getByRole('button', { name: 'Команды карточки' }).click()
  await page.getByRole('menuitem', { name: 'Перевести в ручной режим' }).click()
  const dialog = page.getByRole('dialog', { name: 'Перевод в ручной режим' })
  await expect(dialog.getByLabel('Причина')).toBeFocused()
  await dialog.getByLabel('Причина').fill('Нетипичная сделка')
  await dialog.getByLabel(/введите номер сделки/).fill(deal.number)
  const submit = dialog.getByRole('button', { name: 'Перевести навсегда' })
  await expect(submit).toBeEnabled()
  await manager.post(`/deals/${deal.id}/close`, { result: 'lost', reason: 'price' })
  await expect(dialog.getByRole('status')).toContainText(`Тем временем карточку ${deal.number} закрыли`)
  await expect(submit).toBeDisabled()
  let sent = 0
  page.on('request', (request) => request.method() === 'POST' && request.url().includes(deal.id) && (sent += 1))
  await dialog.getByLabel(/введите номер сделки/).press('Enter')
  await expect(dialog.getByLabel('Причина')).toHaveValue('Нетипичная сделка')
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').getByRole('button', { name: 'Закрыть без сохранения' }).click()
  await expect(dialog).toHaveCount(0)
  expect(sent).toBe(0)
})

test('R60 a closed case is reopened by a head with a reason, and followed up by a new one', async ({ as, api }) => {
  const deal = await aDeal(await api('manager'))
  const page = await as('director')
  await page.goto(`/cases/${deal.number}`)
  await page.getByRole('button', { name: 'Закрыть: Проиграна', exact: true }).click()
  const closing = page.getByRole('dialog')
  await expect(closing.getByRole('combobox', { name: /Причина/ })).toBeFocused()
  await expect(closing.getByRole('combobox', { name: /Причина/ })).toHaveAttribute('aria-expanded', 'false')
  await closing.getByRole('combobox', { name: /Причина/ }).click()
  await page.getByRole('option', { name: 'Цена' }).click()
  await closing.getByRole('button', { name: 'Проиграна' }).click()
  await expect(page.getByRole('button', { name: 'Открыть снова' })).toBeVisible()
  await expect(page.getByRole('region', { name: 'Маршрут' }).getByRole('listitem').filter({ hasText: 'Первичный контакт' })).toContainText('здесь закрыта неуспешно')
  await page.getByRole('button', { name: 'Открыть снова' }).click()
  const dialog = page.getByRole('dialog', { name: 'Открыть снова' })
  await dialog.getByLabel('Причина').fill('Клиент вернулся')
  await dialog.getByRole('button', { name: 'Открыть', exact: true }).click()
  await expect(page.getByRole('button', { name: 'Открыть снова' })).toBeHidden()
  await expect(page.getByRole('feed')).toContainText('Клиент вернулся')

  await page.getByRole('button', { name: 'Команды карточки' }).click()
  await page.getByRole('menuitem', { name: 'Создать карточку на основании' }).click()
  const next = unique('Допоставка')
  await page.getByRole('dialog').getByLabel('Тема').fill(next)
  await page.getByRole('dialog').getByRole('button', { name: 'Создать' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(next)
  await expect(page.getByRole('region', { name: 'Связанные карточки' })).toContainText(deal.number)
})

test('R11 R65 a payment is recorded, and the deadline moved with a reason', async ({ as, api }) => {
  const deal = await aDeal(await api('manager2'))
  const page = await as('manager2', { lang: 'en' })
  await page.goto(`/cases/${deal.number}`)
  await page.getByRole('button', { name: 'Commands of the case' }).click()
  await page.getByRole('menuitem', { name: 'Payments' }).click()
  await page.getByRole('dialog').getByLabel(/^Amount/).fill('1200.50')
  await page.getByRole('dialog').getByRole('button', { name: 'Record the payment' }).click()
  await expect(page.getByRole('feed')).toContainText('1')
  await page.getByRole('button', { name: 'Commands of the case' }).click()
  await page.getByRole('menuitem', { name: 'Move the deadline' }).click()
  const dialog = page.getByRole('dialog')
  const due = dialog.getByRole('group', { name: 'New deadline' })
  await due.getByLabel('New deadline: day').fill('6/5/2031')
  await due.getByLabel('New deadline: day').press('Tab')
  await due.getByLabel('New deadline: time').fill('1230')
  await dialog.getByLabel('Reason').fill('Holidays')
  await dialog.getByRole('button', { name: 'Move', exact: true }).click()
  await expect(dialog).toBeHidden()
  await expect(page.getByRole('region', { name: deal.number })).toContainText('6 May 2031')
  await expect(page.getByRole('feed')).toContainText('Holidays')
})

test('hostile text shows as text; the card is accessible in both themes and fits a telephone', async ({ as, api }) => {
  const evil = '<img src=x onerror=alert(1)>'
  const manager = await api('manager')
  const deal = await aDeal(manager, `${evil} ${unique('x')}`)
  await manager.post(`/cases/${deal.number}/comments`, { text: evil })
  await manager.post('/interactions', { kind: 'call', at: inDays(-2), topic: evil, content: evil, case_id: deal.id })
  await manager.post('/interactions', { kind: 'call', status: 'planned', at: inDays(2), topic: evil, case_id: deal.id })
  for (const [scheme, phone] of [['light', false], ['dark', false], ['light', true], ['dark', true]] as const) {
    const page = await as('manager', { scheme, phone })
    await page.goto(`/cases/${deal.number}`)
    await expect(page.getByRole('heading', { level: 1 })).toContainText(evil)
    await expect(page.getByRole('feed')).toContainText(evil)
    await expect(page.getByRole('button', { name: 'Схема' })).toBeVisible()
    await accessible(page)
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    expect(wide).toBeLessThanOrEqual(0)
    await page.close()
  }
})

test('R15 who only looks on is offered nothing to change', async ({ as, api }) => {
  const deal = await aDeal(await api('manager'))
  const page = await as('dispatcher')
  await page.goto(`/cases/${deal.number}`)
  await expect(page.getByRole('heading', { level: 1 }).or(page.getByRole('heading', { name: 'Здесь ничего нет' }))).toBeVisible()
  await expect(page.getByRole('button', { name: 'Изменить: Тема' })).toHaveCount(0)
  await expect(page.getByRole('button', { name: 'Закрыть: Проиграна' })).toHaveCount(0)
})

test('the list of cases is narrowed in its address, and accessible in both themes', async ({ as, api }) => {
  const manager = await api('manager')
  const deal = await aDeal(manager)
  for (const scheme of ['light', 'dark'] as const) {
    const page = await as('manager', { scheme })
    await page.goto('/cases?kind=deal&status=open')
    await page.getByRole('textbox', { name: 'Поиск' }).fill(deal.topic)
    await expect(page).toHaveURL(/q=/)
    await expect(page.getByRole('link', { name: deal.topic })).toBeVisible()
    await accessible(page)
    await page.reload()
    await page.getByRole('link', { name: deal.topic }).click()
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(deal.topic)
    await page.goto('/cases?q=такого+нигде+нет+вовсе')
    await expect(page.getByText('Ничего не найдено')).toBeVisible()
    await page.close()
  }
})

test('a double click on what sends is one request', async ({ as, api }) => {
  const manager = await api('manager')
  const made = await manager.post<Schema<'CaseWithTasks'>>('/deals', { map: 'free-sale', topic: unique('Двойной щелчок'), source: 'Сайт', client: { name: unique('ООО Дважды'), create_anyway: true } })
  const page = await as('manager')
  await page.goto(`/cases/${made.case.number}`)
  const sent: string[] = []
  page.on('request', (request) => request.method() === 'POST' && request.url().endsWith('/comments') && sent.push(request.url()))
  const words = unique('Один раз')
  await page.getByRole('textbox', { name: 'Комментарий', exact: true }).fill(words)
  // Both clicks before the page can show that it is at work.
  await page.getByRole('button', { name: 'Добавить комментарий' }).evaluate((button: HTMLButtonElement) => {
    button.click()
    button.click()
  })
  await expect(page.getByRole('feed')).toContainText(words)
  await expect(page.getByRole('textbox', { name: 'Комментарий', exact: true })).toHaveValue('')
  expect(sent).toHaveLength(1)
})

test('what was typed and not sent is there after a reload and on the way back, until it is given up', async ({ as, api }) => {
  const manager = await api('manager')
  const shown = await aDeal(manager, unique('Черновики'))
  const page = await as('manager')
  const goTo = () => page.goto(`/cases/${shown.number}`)
  const comment = page.getByRole('textbox', { name: 'Комментарий', exact: true })
  const next = page.getByRole('form', { name: 'Следующее действие' }).getByRole('textbox', { name: 'О чём' })
  const wait = async () => {
    await expect(comment).toHaveValue('Недописанное')
    await expect(next).toHaveValue('Спросить о сроках')
    await expect(outcome.getByRole('textbox', { name: 'Содержание' })).toHaveValue('Просит скидку')
  }
  await goTo()
  await comment.fill('Недописанное')
  await next.fill('Спросить о сроках')
  await page.getByRole('group', { name: 'Итоги' }).getByRole('button', { name: /^Состоялся/ }).click()
  const outcome = page.getByRole('form', { name: 'Состоялся' })
  await outcome.getByRole('textbox', { name: 'Содержание' }).fill('Просит скидку')
  await page.reload()
  await wait()

  await page.getByRole('link', { name: 'Клиенты', exact: true }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Клиенты' })).toBeVisible()
  await page.goBack()
  await wait()
  // Given up is given up.
  await outcome.getByRole('button', { name: 'Отмена' }).click()
  await comment.fill('')
  await next.fill('')
  await page.reload()
  await expect(comment).toHaveValue('')
  await expect(outcome).toBeHidden()

  await expect(next).toHaveValue('')
})

test('what one has typed is nothing to who signs in next in the tab', async ({ as, api, refused }) => {
  refused(401) // between the one and the other
  const shown = await aDeal(await api('manager'), unique('Чужие черновики'))
  const page = await as('manager')
  const comment = page.getByRole('textbox', { name: 'Комментарий', exact: true })
  const texts = () => page.evaluate(() => JSON.stringify(Object.entries(sessionStorage)))
  await page.goto(`/cases/${shown.number}`)
  await comment.fill('Только моё')
  await expect.poll(texts).toContain('Только моё')
  await page.context().clearCookies()
  await page.context().request.post('/api/v1/sessions', { data: { login: 'director', password: 'demo' } })
  await page.goto(`/cases/${shown.number}`)
  await expect(comment).toHaveValue('')
  expect(await texts()).not.toContain('Только моё')
})

test('who signs out leaves nothing typed in the tab', async ({ as, api }) => {
  const shown = await aDeal(await api('manager'), unique('Ушёл'))
  const page = await as('manager')
  const texts = () => page.evaluate(() => JSON.stringify(Object.entries(sessionStorage)))
  await page.goto(`/cases/${shown.number}`)
  await page.getByRole('textbox', { name: 'Комментарий', exact: true }).fill('Только моё')
  await expect.poll(texts).toContain('Только моё')
  await page.getByRole('button', { name: /^Меню/ }).click()
  await page.getByRole('menuitem', { name: 'Выйти' }).click()
  // It would be lost: that is asked first.
  const question = page.getByRole('dialog', { name: 'Выйти и потерять введённое?' })
  await question.getByRole('button', { name: 'Остаться' }).click()
  await expect(question).toBeHidden()
  expect(await texts()).toContain('Только моё')
  await page.getByRole('button', { name: /^Меню/ }).click()
  await page.getByRole('menuitem', { name: 'Выйти' }).click()
  await question.getByRole('button', { name: 'Выйти' }).click()
  await expect(page).toHaveURL(/sign-in/)
  expect(await texts()).not.toContain('Только моё')
})

test('what one types while a comment is being sent stays', async ({ as, api }) => {
  const shown = await aDeal(await api('manager'), unique('Пишет дальше'))
  const page = await as('manager')
  let answer = (): void => undefined
  await page.route('**/comments', async (route) => {
    await new Promise<void>((go) => (answer = go))
    await route.continue()
  })
  await page.goto(`/cases/${shown.number}`)
  const comment = page.getByRole('textbox', { name: 'Комментарий', exact: true })
  await comment.fill('Первый')
  const sent = page.waitForRequest('**/comments')
  await comment.press('ControlOrMeta+Enter')
  await sent
  await comment.fill('Второй')
  answer()
  await expect(page.getByRole('region', { name: 'Лента' }).getByText('Первый', { exact: true })).toBeVisible()
  await expect(comment).toHaveValue('Второй')
})

test('a field that one leaves and that is refused says why, and waits in sight where one left it', async ({ as, api, refused }) => {
  refused(422)
  const shown = await aDeal(await api('manager'), unique('Оставил'))
  const page = await as('manager')
  await page.goto(`/cases/${shown.number}`)
  await page.getByRole('button', { name: /^Показать ещё/ }).click()
  const field = page.getByRole('group', { name: 'Вероятность', exact: true })
  await field.getByRole('button', { name: 'Изменить: Вероятность' }).click()
  await field.getByRole('textbox').fill('500')
  await page.getByRole('link', { name: 'Клиенты', exact: true }).click()
  await expect(page.getByRole('alert')).toContainText(/Не сохранено: Вероятность.*100/s)
  await page.goBack()
  await expect(field.getByRole('textbox')).toHaveValue('500')
})

test('a browser without room for what is typed lets one type and send all the same', async ({ as, api }) => {
  const shown = await aDeal(await api('manager'), unique('Без места'))
  const page = await as('manager')
  await page.addInitScript(() => {
    for (let size = 8 << 20; size > 0; size >>= 1) {
      try {
        sessionStorage.setItem(`full.${size}`, 'x'.repeat(size))
      } catch {
        continue // less may go in
      }
    }
  })
  await page.goto(`/cases/${shown.number}`)
  await page.getByRole('textbox', { name: 'Комментарий', exact: true }).fill('Без места')
  await page.getByRole('button', { name: 'Добавить комментарий' }).click()
  await expect(page.getByRole('region', { name: 'Лента' }).getByText('Без места', { exact: true })).toBeVisible()
})

test('a field that one leaves by going elsewhere is saved; a client whom one has chosen there waits until that is confirmed', async ({ as, api }) => {
  const manager = await api('manager')
  const { client_id: otherID, client_name: other = '' } = await manager.get<Case>(`/cases/${(await aDeal(manager)).number}`)
  const shown = await aDeal(manager, unique('Поле'))
  const page = await as('manager')
  await page.goto(`/cases/${shown.number}`)
  await page.getByRole('button', { name: 'Изменить: Возможная сумма' }).click()
  await page.getByRole('textbox', { name: 'Возможная сумма' }).fill('5000')
  await page.getByRole('link', { name: 'Клиенты', exact: true }).click()
  await expect(page.getByText('Сохранено: Возможная сумма')).toBeVisible()
  expect(Number((await manager.get<Case>(`/cases/${shown.number}`)).sale?.potential)).toBe(5000)

  await page.goBack()
  const head = page.getByRole('region', { name: shown.number })
  await head.getByRole('button', { name: 'Изменить: Клиент' }).click()
  await expect(head.getByText('Клиент', { exact: true })).toHaveCount(1)
  const client = head.getByRole('combobox', { name: 'Клиент' })
  await client.fill(other)
  // Escape closes the open list first.
  await expect(page.getByRole('option', { name: other })).toBeVisible()
  await client.press('Escape')
  await expect(page.getByRole('option', { name: other })).toBeHidden()
  await expect(client).toHaveValue(other)
  await client.press('ArrowDown')
  await expect(page.getByRole('option', { name: other })).toBeEnabled()
  await client.press('ArrowDown')
  await expect(page.getByRole('option', { name: other })).toHaveAttribute('data-combobox-selected')
  await client.press('Enter')
  await page.getByRole('link', { name: 'Клиенты', exact: true }).click()
  await expect(page.getByText('Не сохранено: Клиент')).toBeVisible()
  const clientOf = async () => (await manager.get<Case>(`/cases/${shown.number}`)).client_id
  expect(await clientOf()).toBe(shown.client_id)
  await page.goBack()
  await expect(client).toHaveValue(other)
  await client.press('Enter')
  await expect(head.getByRole('link', { name: other })).toBeVisible()
  expect(await clientOf()).toBe(otherID)
})
