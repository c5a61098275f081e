import type { Request } from '@playwright/test'

import { accessible, expect, test, unique, url, type Schema } from './rig/test'

test('R53 one signs in, comes to the page one wanted, and is told what is wrong', async ({ browser }) => {
  const context = await browser.newContext({ baseURL: url(), locale: 'en' })
  const page = await context.newPage()
  await page.goto('/inbox?from=mail')
  await expect(page.getByRole('heading', { name: 'Marshrut' })).toBeVisible()
  await accessible(page)
  await page.getByLabel('Login').fill('admin')
  await page.getByLabel('Password', { exact: true }).fill('wrong')
  await page.getByLabel('Password', { exact: true }).press('Enter')
  await expect(page.getByRole('alert')).toBeVisible()
  await expect(page.getByLabel('Password', { exact: true })).toHaveValue('')
  await page.getByLabel('Password', { exact: true }).fill('demo')
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(page).toHaveURL(/\/inbox\?from=mail$/)
  await context.close()
})

test('R66 the language changes without a reload and is remembered; in the system’s dark the light theme is offered', async ({ as }) => {
  const page = await as('director', { lang: 'ru', scheme: 'dark' })
  await page.goto('/')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Мои задачи')
  await page.evaluate(() => Object.assign(window, { stayed: true }))
  await page.getByRole('button', { name: /^Меню/ }).click()
  await expect(page.getByRole('menuitem', { name: 'Светлая тема' })).toBeVisible()
  await page.getByRole('menuitem', { name: 'English' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('My tasks')
  expect(await page.evaluate(() => 'stayed' in window)).toBe(true)
  await page.reload()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('My tasks')
})

test('a place that is not there says so', async ({ as }) => {
  const page = await as('manager')
  await page.goto('/no/such/place')
  await expect(page.getByRole('heading', { name: 'Здесь ничего нет' })).toBeVisible()
})

test('an ended session is asked for again where one is, and what was typed stays', async ({ as, refused }) => {
  refused(401)
  const page = await as('dispatcher')
  // What is still being read would be refused before one types.
  const underWay = new Set<Request>()
  page.on('request', (request) => request.url().includes('/api/') && !request.url().includes('/events') && underWay.add(request))
  page.on('response', (response) => underWay.delete(response.request()))
  page.on('requestfailed', (request) => underWay.delete(request))
  const endSession = async () => {
    await expect.poll(() => underWay.size).toBe(0)
    await page.context().clearCookies()
  }
  await page.goto('/inbox')
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await page.getByRole('button', { name: /^Уведомления/ }).waitFor()
  await page.keyboard.press('Control+k')
  const words = page.getByPlaceholder('Клиент, телефон, номер карточки или раздел…')
  await expect(words).toBeFocused()
  await endSession()
  await page.keyboard.insertText('Ромашка')
  const dialog = page.getByRole('dialog', { name: 'Войдите снова' })
  await expect(dialog).toBeVisible()
  const password = dialog.getByLabel('Пароль', { exact: true })
  await expect(password).toBeFocused()
  await password.fill('demo')
  await dialog.getByRole('button', { name: 'Войти', exact: true }).click()
  await expect(dialog).toBeHidden()
  await expect(words).toHaveValue('Ромашка')
  await expect(words).toBeFocused()
  // The second time, too: a password is never typed where it can be read.
  await endSession()
  await page.keyboard.insertText(' и')
  await expect(password).toBeFocused()
})

test('the palette opens by Enter what is first, a case at its number; and says when the search fails', async ({ as, api }) => {
  const made = await (await api('manager')).post<Schema<'CaseWithTasks'>>('/deals', { topic: unique('Палитра'), source: 'Сайт', client: { name: unique('ООО Палитра'), create_anyway: true } })
  const page = await as('manager')
  await page.goto('/inbox')
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await page.keyboard.press('Control+k')
  const words = page.getByPlaceholder('Клиент, телефон, номер карточки или раздел…')
  await words.fill(made.case.number)
  await expect(page.locator('[data-action][data-selected]')).toContainText(made.case.topic)
  await accessible(page)
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(new RegExp(`/cases/${made.case.number}$`))
  await expect(page.getByRole('heading', { level: 1, name: made.case.topic })).toBeFocused()

  let broken = true
  await page.route('**/api/v1/search*', (route) => (broken ? route.fulfill({ status: 503, body: '' }) : route.fallback()))
  await page.keyboard.press('Control+k')
  await words.fill(made.case.topic)
  await expect(page.locator('[data-action][data-selected]')).toHaveText('Поиск не удался. Повторить')
  broken = false
  await page.keyboard.press('Enter')
  await expect(page.locator('[data-action][data-selected]')).toContainText(made.case.number)
})

test('the palette does what one can do, here and everywhere', async ({ as, api }) => {
  const made = await (await api('manager')).post<Schema<'CaseWithTasks'>>('/deals', { topic: unique('Дела палитры'), source: 'Сайт', client: { name: unique('ООО Дела'), create_anyway: true } })
  const page = await as('manager', { scheme: 'dark' })
  await page.goto(`/cases/${made.case.number}`)
  const choose = async (words: string) => {
    await page.keyboard.press('Control+k')
    await page.getByPlaceholder('Клиент, телефон, номер карточки или раздел…').fill(words)
    await expect(page.locator('[data-action][data-selected]')).toContainText(words)
    await page.keyboard.press('Enter')
  }
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(made.case.topic)
  await choose('Оплаты')
  await expect(page.getByRole('dialog', { name: 'Оплаты' })).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog', { name: 'Оплаты' })).toBeHidden()
  await choose('Новая задача')
  await expect(page.getByRole('dialog', { name: 'Новая задача' })).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog', { name: 'Новая задача' })).toBeHidden()
  await choose('Светлая тема') // the system’s is dark
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'light')
  await choose('Тёмная тема')
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark')
})

test('a part that did not load says so, and is there when the connection is', async ({ as }) => {
  const page = await as('manager', { expects: /ERR_INTERNET_DISCONNECTED/ })
  await page.goto('/inbox')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Мои задачи')
  await page.evaluate(() => Object.assign(window, { stayed: true }))
  await page.context().setOffline(true)
  await page.getByRole('link', { name: 'Отчёты' }).click()
  const missing = page.getByRole('main').getByRole('alert').filter({ hasText: 'Эта часть страницы не загрузилась' })
  await expect(missing).toContainText('Нет связи с сервером')
  await accessible(page)
  await page.context().setOffline(false)
  await expect(page.getByRole('heading', { level: 1, name: 'Воронка продаж' })).toBeVisible({ timeout: 30_000 })
  await expect(missing).toBeHidden()
  expect(await page.evaluate(() => 'stayed' in window)).toBe(true)
})

test('a card that breaks takes no other one along', async ({ as, api }) => {
  const manager = await api('manager')
  const made: string[] = []
  for (const n of [1, 2]) made.push((await manager.post<Schema<'CaseWithTasks'>>('/deals', { topic: unique(`Поломка ${n}`), source: 'Сайт', client: { name: unique('ООО Поломка'), create_anyway: true } })).case.number)
  const page = await as('manager', { expects: /is not a function/ })
  await page.route(`**/api/v1/cases/${made[0]}/route`, (route) => route.fulfill({ json: { stages: 7, outcomes: 7 } }))
  await page.goto(`/cases/${made[0]}`)
  await expect(page.getByRole('heading', { name: 'Страница не может продолжать' })).toBeVisible()
  await page.keyboard.press('Control+k')
  await page.getByPlaceholder('Клиент, телефон, номер карточки или раздел…').fill(made[1] ?? '')
  await page.getByRole('dialog').getByText(/Поломка 2/).click()
  await expect(page.getByRole('heading', { level: 1, name: /Поломка 2/ })).toBeVisible()
})

test('one signs out also when the provider cannot be asked for its own way out', async ({ as }) => {
  const page = await as('manager')
  await page.goto('/inbox')
  await page.route('**/api/v1/sessions/ways', (route) => route.fulfill({ status: 503, body: '' }))
  await page.getByRole('button', { name: /^Меню/ }).click()
  await page.getByRole('menuitem', { name: 'Выйти' }).click()
  await expect(page).toHaveURL(/\/sign-in/)
  expect((await page.request.get('/api/v1/me')).status()).toBe(401)
})

test('what was refused because the session had ended is sent when one has signed in again', async ({ as, api, refused }) => {
  refused(401)
  const manager = await api('manager')
  const made = await manager.post<Schema<'CaseWithTasks'>>('/deals', { map: 'free-sale', topic: unique('Сеанс'), source: 'Сайт', client: { name: unique('ООО Сеанс'), create_anyway: true } })
  const page = await as('manager')
  await page.goto(`/cases/${made.case.number}`)
  const words = unique('Сказано до входа')
  await page.getByRole('textbox', { name: 'Комментарий', exact: true }).fill(words)
  await page.context().clearCookies()
  await page.getByRole('button', { name: 'Добавить комментарий' }).click()
  const dialog = page.getByRole('dialog', { name: 'Войдите снова' })
  await dialog.getByLabel('Пароль', { exact: true }).fill('demo')
  await expect(page.getByText('Authorization: Bearer')).toHaveCount(0)
  await dialog.getByRole('button', { name: 'Войти', exact: true }).click()
  await expect(dialog).toBeHidden()
  await expect(page.getByRole('feed')).toContainText(words)
  await expect(page.getByRole('textbox', { name: 'Комментарий', exact: true })).toHaveValue('')
  await expect(page.getByRole('alert')).toHaveCount(0)
})

for (const [place, path] of [['/clients', '/api/v1/clients'], ['/inbox', '/api/v1/tasks']] as const) {
  test(`an answer that is not Marshrut’s is told as such and can be asked for again: ${place}`, async ({ as }) => {
    const page = await as('manager')
    let broken = true
    await page.route((url) => url.pathname === path, (route) => (broken ? route.fulfill({ status: 502, contentType: 'text/html', body: '<h1>Bad Gateway</h1>' }) : route.continue()))
    await page.goto(place)
    const told = page.getByRole('alert')
    await expect(told).toContainText('Сервер не смог ответить (502)', { timeout: 30_000 }) // it is asked again twice first
    await expect(page.getByText('Нет связи с сервером')).toHaveCount(0)
    broken = false
    await told.getByRole('button', { name: 'Повторить' }).click()
    await expect(told).toHaveCount(0)
  })
}

test('a refusal that has no words of its own is told with its number', async ({ as, api, refused }) => {
  refused(413)
  const made = await (await api('manager')).post<Schema<'CaseWithTasks'>>('/deals', { topic: unique('Без слов'), source: 'Сайт', client: { name: unique('ООО Без слов'), create_anyway: true } })
  const page = await as('manager')
  await page.goto(`/cases/${made.case.number}`)
  await page.route('**/comments', (route) => route.fulfill({ status: 413, contentType: 'text/html', body: '' }))
  await page.getByRole('textbox', { name: 'Комментарий', exact: true }).fill('Длинное')
  await page.getByRole('button', { name: 'Добавить комментарий' }).click()
  await expect(page.getByRole('alert')).toContainText('(413)')
})

test('the sheet of keys comes by ?, and gives the keyboard back when it goes', async ({ as }) => {
  const page = await as('dispatcher')
  await page.goto('/inbox')
  const overdue = page.getByRole('link', { name: 'Все задачи' }).first()
  await overdue.focus()
  await page.keyboard.press('?')
  const sheet = page.getByRole('dialog', { name: 'Горячие клавиши' })
  await expect(sheet.getByRole('row').first()).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(sheet).toBeHidden()
  await expect(overdue).toBeFocused()
})

test('a window does not go on in the name of somebody else who signed in beside it', async ({ as }) => {
  const page = await as('manager')
  await page.goto('/clients')
  await expect(page.getByRole('button', { name: 'Меню: Иван Петров' })).toBeVisible()
  await page.context().request.post('/api/v1/sessions', { data: { login: 'director', password: 'demo' } })
  const beside = await page.context().newPage()
  await beside.goto('/inbox')
  await expect(page.getByRole('button', { name: /Сергей Волков/ })).toBeVisible() // in his own language
  await expect(page).toHaveURL(/\/inbox/)
})
