import { accessible, expect, test, unique, type Schema } from './rig/test'

type Made = Schema<'CaseWithTasks'>

const hostile = '<img src=x onerror="window.hacked=1">'

test('R31 a manual deal is moved along the board by mouse and by keyboard, and back', async ({ as, api }) => {
  const manager = await api('manager')
  const topic = unique('Ручная сделка')
  const made = await manager.post<Made>('/deals', { map: 'free-sale', topic: `${topic} ${hostile}`, source: 'Сайт', client: { name: unique('ООО Доска'), create_anyway: true } })
  const page = await as('manager')
  await page.goto(`/sales?map=free-sale&q=${encodeURIComponent(topic)}`)
  const column = (name: string) => page.getByRole('region', { name, exact: true })
  const card = page.getByRole('article', { name: new RegExp(topic) })
  await expect(column('Новая').getByRole('article')).toHaveCount(1)
  await expect(card).toContainText(hostile)
  expect(await page.evaluate(() => 'hacked' in window)).toBe(false)

  // By keyboard: space lifts, the arrow moves, space drops.
  await card.getByRole('button', { name: `Переместить ${made.case.number}` }).focus()
  await page.keyboard.press('Space')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Space')
  await expect(column('В работе').getByRole('article')).toHaveCount(1)
  await expect(page.getByText(`${made.case.number}: этап «В работе»`)).toBeVisible()
  await expect.poll(async () => (await manager.get<Schema<'Case'>>(`/cases/${made.case.number}`)).stage).toBe('in-progress')

  // Undo takes it back.
  await page.getByRole('button', { name: 'Отменить' }).click()
  await expect(column('Новая').getByRole('article')).toHaveCount(1)
  await expect.poll(async () => (await manager.get<Schema<'Case'>>(`/cases/${made.case.number}`)).stage).toBe('new')

  // By mouse.
  const handle = card.getByRole('button', { name: /^Переместить/ })
  await handle.hover()
  const from = await handle.boundingBox()
  const to = await column('Предложение').boundingBox()
  if (from === null || to === null) throw new Error('the board is not in sight')
  await page.mouse.down()
  await page.mouse.move(from.x + 30, from.y + 30, { steps: 5 })
  await expect(page.locator('article[data-dragged]')).toBeVisible()
  // The handle is at the card's right edge, and the middle of the card says where it is.
  await page.mouse.move(to.x + to.width - 20, to.y + 100, { steps: 15 })
  await expect(column('Предложение').locator('[data-over]')).toBeVisible()
  await page.mouse.up()
  await expect(column('Предложение').getByRole('article')).toHaveCount(1)
  await expect.poll(async () => (await manager.get<Schema<'Case'>>(`/cases/${made.case.number}`)).stage).toBe('offer')
})

test('R31 what a colleague has moved on is not taken back with one’s own move', async ({ as, api, refused }) => {
  refused(409)
  const manager = await api('manager')
  const director = await api('director')
  const stageOf = async (number: string) => (await manager.get<Schema<'Case'>>(`/cases/${number}`)).stage
  const made = await manager.post<Made>('/deals', { map: 'free-sale', topic: unique('Двигают двое'), source: 'Сайт', client: { name: unique('ООО Двое'), create_anyway: true } })
  const page = await as('manager')
  await page.goto(`/cases/${made.case.number}`)
  await page.getByRole('button', { name: 'Перейти сюда: этап «В работе»' }).click()
  await expect(page.getByText('Сделка на этапе «В работе»')).toBeVisible()
  // The button has gone with the move, the focus has not.
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('LI')
  await director.post(`/deals/${made.case.number}/move`, { stage: 'offer' })
  await page.getByRole('button', { name: 'Отменить', exact: true }).click()
  await expect(page.getByText('Карточку уже передвинули')).toBeVisible()
  expect(await stageOf(made.case.number)).toBe('offer')
})

test('R31 a card that was read after the first ones of its column is moved like them', async ({ as, api }) => {
  const manager = await api('manager')
  const topic = unique('Длинный столбец')
  const client = await manager.post<Schema<'Client'>>('/clients', { name: unique('ООО Длинное'), create_anyway: true })
  for (let i = 0; i < 22; i += 1) await manager.post<Made>('/deals', { map: 'free-sale', topic, source: 'Сайт', client_id: client.id })
  const page = await as('manager')
  await page.goto(`/sales?map=free-sale&q=${encodeURIComponent(topic)}`)
  const column = (name: string) => page.getByRole('region', { name, exact: true })
  await expect(column('Новая').getByRole('article')).toHaveCount(20)
  await column('Новая').getByRole('button', { name: 'Показать ещё' }).click()
  await expect(column('Новая').getByRole('article')).toHaveCount(22)
  const last = column('Новая').getByRole('article').last()
  const name = (await last.getAttribute('aria-label')) ?? ''
  const handle = last.getByRole('button', { name: /^Переместить/ })
  await handle.scrollIntoViewIfNeeded()
  await handle.hover()
  const from = await handle.boundingBox()
  const to = await column('В работе').boundingBox()
  if (from === null || to === null) throw new Error('the board is not in sight')
  await page.mouse.down()
  await page.mouse.move(from.x + 20, from.y + 5, { steps: 5 })
  await page.mouse.move(to.x + to.width - 20, from.y + 8, { steps: 15 })
  await expect(column('В работе').locator('[data-over]')).toBeVisible()
  await page.mouse.up()
  await expect(column('В работе').getByRole('article')).toHaveAccessibleName(name)
  await expect.poll(async () => (await manager.get<Schema<'Case'>>(`/cases/${name.split(' ')[0]}`)).stage).toBe('in-progress')
  await expect(column('Новая').getByRole('article')).toHaveCount(21)
})

test('R31 the mouse drags a card by its body, its name included; a click on the name opens the case', async ({ as, api }) => {
  const manager = await api('manager')
  const topic = unique('Ручная сделка')
  const made = await manager.post<Made>('/deals', { map: 'free-sale', topic, source: 'Сайт', client: { name: unique('ООО Доска'), create_anyway: true } })
  const page = await as('manager')
  await page.goto(`/sales?map=free-sale&q=${encodeURIComponent(topic)}`)
  const column = (name: string) => page.getByRole('region', { name, exact: true })
  const link = page.getByRole('link', { name: topic })
  await link.hover()
  const from = await link.boundingBox()
  const to = await column('В работе').boundingBox()
  if (from === null || to === null) throw new Error('the board is not in sight')
  await page.mouse.down()
  await page.mouse.move(from.x + 30, from.y + 30, { steps: 5 })
  await expect(page.locator('article[data-dragged]')).toBeVisible()
  await page.mouse.move(to.x + to.width / 2, to.y + 100, { steps: 15 })
  await expect(column('В работе').locator('[data-over]')).toBeVisible()
  await page.mouse.up()
  await expect(column('В работе').getByRole('article')).toHaveCount(1)
  await expect.poll(async () => (await manager.get<Schema<'Case'>>(`/cases/${made.case.number}`)).stage).toBe('in-progress')
  await expect(page).toHaveURL(/\/sales/)
  await link.click()
  await expect(page).toHaveURL(new RegExp(`/cases/${made.case.number}$`))
})

test('R31 a finger that rests on a card takes it along, wherever it is touched', async ({ as, api }) => {
  const manager = await api('manager')
  const topic = unique('Ручная сделка')
  const made = await manager.post<Made>('/deals', { map: 'free-sale', topic, source: 'Сайт', client: { name: unique('ООО Доска'), create_anyway: true } })
  const page = await as('manager', { phone: true })
  await page.setViewportSize({ width: 700, height: 800 })
  await page.goto(`/sales?map=free-sale&q=${encodeURIComponent(topic)}`)
  const column = (name: string) => page.getByRole('region', { name, exact: true })
  const card = page.getByRole('article', { name: new RegExp(topic) })
  await card.scrollIntoViewIfNeeded()
  const from = await card.boundingBox()
  const to = await column('В работе').boundingBox()
  if (from === null || to === null) throw new Error('the board is not in sight')
  const fingers = await page.context().newCDPSession(page)
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', x: number, y: number) => fingers.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchEnd' ? [] : [{ x, y }] })
  const [x, y] = [from.x + from.width / 2, from.y + from.height - 12]
  // One that only pauses before it moves scrolls.
  await touch('touchStart', x, y)
  await page.waitForTimeout(200)
  await touch('touchMove', x - 30, y)
  await expect(page.locator('article[data-dragged]')).toHaveCount(0)
  await touch('touchMove', x, y)
  await touch('touchEnd', 0, 0)
  await touch('touchStart', x, y)
  await expect(page.locator('article[data-dragged]')).toBeVisible() // it has rested long enough
  for (let step = 1; step <= 10; step += 1) await touch('touchMove', x + ((to.x + to.width / 2 - x) * step) / 10, y)
  await expect(column('В работе').locator('[data-over]')).toBeVisible()
  await touch('touchEnd', 0, 0)
  await expect(column('В работе').getByRole('article')).toHaveCount(1)
  await expect.poll(async () => (await manager.get<Schema<'Case'>>(`/cases/${made.case.number}`)).stage).toBe('in-progress')
})

test('R31 the keyboard moves a card from far down in a long column into one that is empty, or has its cards out of sight', async ({ as, api }) => {
  const manager = await api('manager')
  const topic = unique('Длинный столбец')
  const client = await manager.post<Schema<'Client'>>('/clients', { name: unique('ООО Длинное'), create_anyway: true })
  for (let i = 0; i < 12; i += 1) await manager.post<Made>('/deals', { map: 'free-sale', topic, source: 'Сайт', client_id: client.id })
  const page = await as('manager')
  await page.goto(`/sales?map=free-sale&q=${encodeURIComponent(topic)}`)
  const column = (name: string) => page.getByRole('region', { name, exact: true })
  for (const left of [11, 10]) {
    // Only the button for it lifts a card, not the link to the case.
    await column('Новая').getByRole('article').last().getByRole('link').first().focus()
    await page.keyboard.press('Space')
    await expect(page.locator('article[data-dragged]')).toHaveCount(0)
    await column('Новая').getByRole('button', { name: /^Переместить/ }).last().focus()
    await page.keyboard.press('Space')
    await page.keyboard.press('ArrowRight')
    await expect(column('В работе').locator('[data-over]')).toBeVisible()
    await page.keyboard.press('Space')
    await expect(column('Новая').getByRole('article')).toHaveCount(left)
    await expect(column('В работе').getByRole('article')).toHaveCount(12 - left)
  }
})

test('R31 a move that is refused goes back by itself, and leaves the one made after it where it is', async ({ as, api, refused }) => {
  refused(409)
  const manager = await api('manager')
  const topic = unique('Два хода')
  const made: Made[] = []
  for (const n of [1, 2]) made.push(await manager.post<Made>('/deals', { map: 'free-sale', topic: `${topic} ${n}`, source: 'Сайт', client: { name: unique('ООО Два'), create_anyway: true } }))
  const [held, kept] = made.map((one) => one.case)
  if (held === undefined || kept === undefined) throw new Error('not made')
  const page = await as('manager')
  let refuse = (): void => undefined
  let release = (): void => undefined
  const moved: string[] = []
  await page.route(`**/deals/${held.id}/move`, async (route) => {
    moved.push(held.number)
    await new Promise<void>((go) => (refuse = go))
    await route.fulfill({ status: 409, contentType: 'application/problem+json', body: JSON.stringify({ type: 'about:blank', code: 'case_closed', title: 'Карточка закрыта', status: 409 }) })
  })
  await page.route(`**/deals/${kept.id}/move`, async (route) => {
    moved.push(kept.number)
    await new Promise<void>((go) => (release = go))
    await route.continue()
  })
  await page.goto(`/sales?map=free-sale&q=${encodeURIComponent(topic)}`)
  const column = (name: string) => page.getByRole('region', { name, exact: true })
  for (const one of [held, kept]) {
    await page.getByRole('button', { name: `Переместить ${one.number}` }).focus()
    await page.keyboard.press('Space')
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Space')
    await expect(column('В работе').getByRole('article', { name: new RegExp(one.number) })).toBeVisible()
    await expect.poll(() => moved).toContain(one.number)
  }
  refuse()
  await expect(page.getByRole('alert')).toContainText('Карточка закрыта')
  await expect(column('Новая').getByRole('article')).toHaveAccessibleName(new RegExp(held.number))
  await expect(column('В работе').getByRole('article')).toHaveAccessibleName(new RegExp(kept.number))
  release()
  await expect.poll(async () => (await manager.get<Schema<'Case'>>(`/cases/${kept.number}`)).stage).toBe('in-progress')
})

test('R32 where the process controls a deal, its card offers the outcomes of its task instead', async ({ as, api }) => {
  const manager = await api('manager2')
  const topic = unique('Led by its process')
  const made = await manager.post<Made>('/deals', { map: 'typical-sale', topic, source: 'Web', client: { name: unique('Board Ltd'), create_anyway: true } })
  const page = await as('manager2', { lang: 'en' })
  await page.goto(`/sales?map=typical-sale&q=${encodeURIComponent(topic)}`)
  const card = page.getByRole('article', { name: new RegExp(topic) })
  await expect(card.getByRole('button', { name: /^Move/ })).toHaveCount(0)
  await card.getByRole('button', { name: `Outcomes of the task: ${made.case.number}` }).click()
  await expect(page.getByText('Its process leads this case: choose an outcome of its task')).toBeVisible()
  await page.getByRole('menuitem', { name: 'Made', exact: true }).click()
  await expect(page).toHaveURL(new RegExp(`/inbox/${made.next_tasks?.[0]?.id}\\?outcome=made`))
})

test('R13 the list of sales shows what comes next, and says when there is nothing', async ({ as, api }) => {
  const manager = await api('manager')
  const topic = unique('Список продаж')
  const made = await manager.post<Made>('/deals', { map: 'free-sale', topic, source: 'Сайт', client: { name: unique('ООО Список'), create_anyway: true } })
  await manager.post('/interactions', { case_id: made.case.id, kind: 'call', status: 'planned', at: new Date(Date.now() + 3_600_000).toISOString(), topic: 'Созвон' })
  const page = await as('manager')
  await page.goto(`/sales?view=list&q=${encodeURIComponent(topic)}`)
  const row = page.getByRole('row', { name: new RegExp(topic) })
  await expect(row).toContainText('Звонок')
  await page.getByLabel('Поиск', { exact: true }).fill(unique('нет такой'))
  await expect(page.getByText('Ничего не найдено')).toBeVisible()
})

test('R41 a full deal board adds up in each column', async ({ as, api }) => {
  const manager = await api('manager')
  const topic = unique('Суммы')
  for (const potential of ['1500.00', '2500.50']) {
    await manager.post<Made>('/deals', { map: 'free-sale', topic, source: 'Сайт', fields: { potential }, client: { name: unique('ООО Сумма'), create_anyway: true } })
  }
  const page = await as('manager')
  await page.goto(`/sales?map=free-sale&q=${encodeURIComponent(topic)}`)
  await expect(page.getByRole('region', { name: 'Новая', exact: true })).toContainText(/4\s000,50\s₽/)
})

for (const scheme of ['light', 'dark'] as const) {
  test(`axe finds nothing on the board and the list, ${scheme}`, async ({ as }) => {
    const page = await as('manager', { scheme })
    await page.goto('/sales?responsible=all&map=typical-sale')
    await expect(page.getByRole('region', { name: 'Первичный контакт', exact: true })).toBeVisible()
    await accessible(page)
    await page.goto('/sales?view=list&responsible=all')
    await expect(page.getByRole('table')).toBeVisible()
    await accessible(page)
  })
}
