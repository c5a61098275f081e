import type { Page } from '@playwright/test'

import { accessible, expect, test, unique, type Schema } from './rig/test'

const hostile = '<img src=x onerror="window.hacked=1">'

test('R44 R9 a client is entered, one who may be the same is shown, and his card calls and writes', async ({ as, refused }) => {
  refused(409, 422)
  const page = await as('manager')
  const name = unique('ООО Причал')
  const phone = `+7 495 ${2_000_000 + Math.floor(Math.random() * 5_000_000)}`
  await page.goto('/clients')
  await page.getByRole('button', { name: 'Новый клиент' }).click()
  const dialog = page.getByRole('dialog', { name: 'Новый клиент' })
  await dialog.getByRole('button', { name: 'Завести клиента' }).click()
  await expect(dialog.getByRole('textbox', { name: 'Наименование' })).toHaveAttribute('aria-invalid', 'true')
  await dialog.getByRole('textbox', { name: 'Наименование' }).fill(`${name} ${hostile}`)
  await dialog.getByRole('textbox', { name: 'Значение' }).first().fill(phone)
  await dialog.getByRole('button', { name: 'Завести клиента' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`${name} ${hostile}`)
  expect(await page.evaluate(() => 'hacked' in window)).toBe(false)
  await expect(page.getByRole('link', { name: phone })).toHaveAttribute('href', `tel:${phone.replaceAll(' ', '')}`)
  await expect(page.getByText(/^\d\d:\d\d у клиента$/)).toBeVisible()

  // The same telephone again: one is asked, and goes to the one who is there.
  await page.goto('/clients')
  await page.getByRole('button', { name: 'Новый клиент' }).click()
  await dialog.getByRole('textbox', { name: 'Наименование' }).fill(unique('Другое имя'))
  await dialog.getByRole('textbox', { name: 'Значение' }).first().fill(phone)
  await dialog.getByRole('button', { name: 'Завести клиента' }).click()
  await dialog.getByRole('alert').getByRole('button').first().click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`${name} ${hostile}`)
})

test('what is typed into a window is not lost by Back, by Escape or beside it; the page beneath stays', async ({ as }) => {
  const page = await as('manager')
  await page.goto('/inbox')
  await page.getByRole('link', { name: 'Клиенты', exact: true }).click()
  const place = () => page.evaluate(() => (window.history.state as { idx?: number } | null)?.idx)
  const back = () => page.evaluate(() => window.history.back())
  const open = async () => {
    await page.getByRole('button', { name: 'Новый клиент' }).click()
    await expect(dialog.getByRole('textbox', { name: 'Наименование' })).toBeFocused()
  }
  const dialog = page.getByRole('dialog', { name: 'Новый клиент' })
  const question = page.getByRole('dialog', { name: 'Закрыть без сохранения?' })
  await open()
  await page.keyboard.type('ООО Не потеряйте')
  for (const leave of [back, () => page.keyboard.press('Escape'), () => page.mouse.click(5, 300)]) {
    await leave()
    await expect(question).toBeVisible()
    await expect.poll(place).toBe(1)
    await question.getByRole('button', { name: 'Продолжить ввод' }).click()
    await expect(question).toHaveCount(0)
    await expect(dialog.getByRole('textbox', { name: 'Наименование' })).toHaveValue('ООО Не потеряйте')
    await expect(page).toHaveURL(/\/clients$/)
  }
  // Escape and Back answer the question alone: what is typed stays.
  for (const stay of [() => page.keyboard.press('Escape'), back]) {
    await page.keyboard.press('Escape')
    await expect(question).toBeVisible()
    await stay()
    await expect(question).toHaveCount(0)
    await expect.poll(place).toBe(1)
    await expect(dialog.getByRole('textbox', { name: 'Наименование' })).toHaveValue('ООО Не потеряйте')
  }
  // However often one presses.
  await page.evaluate(() => {
    window.history.back()
    window.history.back()
  })
  await expect(question).toBeVisible()
  await expect.poll(place).toBe(1)
  await question.getByRole('button', { name: 'Продолжить ввод' }).click()
  await dialog.getByRole('button', { name: 'Отмена' }).click()
  await question.getByRole('button', { name: 'Закрыть без сохранения' }).click()
  await expect(dialog).toHaveCount(0)

  // A window with nothing in it holds nobody, and reloading asks where something is typed.
  await open()
  await back()
  await expect(page).toHaveURL(/\/inbox$/)
  await expect(dialog).toHaveCount(0)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Мои задачи')
  await page.evaluate(() => window.history.forward())
  await expect(page).toHaveURL(/\/clients$/)
  await open()
  await page.keyboard.type('ООО Перезагрузка')
  const asked = page.waitForEvent('dialog')
  void page.evaluate(() => window.location.reload())
  const native = await asked
  expect(native.type()).toBe('beforeunload')
  await native.dismiss()
  await expect(dialog.getByRole('textbox', { name: 'Наименование' })).toHaveValue('ООО Перезагрузка')
})

test('R29 R44 R64 the card is changed in place: details, a legal entity with its numbers checked, a contact', async ({ as, api, refused }) => {
  refused(422)
  const manager = await api('manager2')
  const client = await manager.post<Schema<'Client'>>('/clients', { kind: 'company', name: unique('Harbour Card Ltd'), lang: 'en', status: 'potential', create_anyway: true })
  const page = await as('manager2', { lang: 'en' })
  await page.goto(`/clients/${client.id}`)
  await page.getByRole('button', { name: 'Change: Status' }).click()
  await page.getByRole('group', { name: 'Status' }).getByText('Active').click()
  await page.keyboard.press('Enter')
  await expect.poll(async () => (await manager.get<Schema<'Client'>>(`/clients/${client.id}`)).status).toBe('active')

  const legal = page.getByRole('region', { name: 'Legal entities' })
  await legal.getByRole('button', { name: 'Add' }).click()
  await legal.getByLabel('Full name').fill('Harbour Card Limited')
  await legal.getByLabel('INN (tax number)').fill('7707083894')
  await legal.getByRole('button', { name: 'Save' }).click()
  await expect(legal.getByLabel('INN (tax number)')).toHaveAttribute('aria-invalid', 'true')
  await legal.getByLabel('INN (tax number)').fill('7707083893')
  await legal.getByRole('button', { name: 'Save' }).click()
  await expect(legal).toContainText('INN 7707083893')

  const contacts = page.getByRole('region', { name: 'Contacts' })
  await contacts.getByRole('button', { name: 'Add a contact' }).click()
  const name = unique('Kate Contact')
  await contacts.getByLabel('Name', { exact: false }).first().fill(name)
  await contacts.getByLabel('Position').fill('Buyer')
  await contacts.getByRole('button', { name: 'Save' }).click()
  await expect(contacts.getByText(name)).toBeVisible()
})

test('R16 clients are found as one types, narrowed in the address, and seen by stages', async ({ as, api }) => {
  const manager = await api('manager')
  const name = unique('ООО Этапы')
  const made = await manager.post<Schema<'CaseWithTasks'>>('/interests', { topic: unique('Интерес'), source: 'Сайт', client: { name, create_anyway: true } })
  const page = await as('manager')
  await page.goto('/clients')
  await page.getByRole('textbox', { name: 'Поиск' }).fill(name)
  await expect(page).toHaveURL(/q=/)
  await expect(page.getByRole('row', { name: new RegExp(name) })).toBeVisible()
  await page.goto(`/clients?map=${made.case.map?.id}&stage=${made.case.stage}`)
  await expect(page.getByRole('radio', { checked: true })).toHaveCount(1)
  await expect(page.getByRole('row', { name: new RegExp(name) })).toBeVisible()
  await page.goto(`/clients?q=${encodeURIComponent(unique('никто'))}`)
  await expect(page.getByText('Ничего не найдено')).toBeVisible()
})

test('R7 R41 from the card of a client one sees his history and accepts his request', async ({ as, api }) => {
  const dispatcher = await api('dispatcher')
  const name = unique('ООО История')
  const made = await dispatcher.post<Schema<'CaseWithTasks'>>('/appeals', { topic: unique('Первое'), source: 'Сайт', client: { name, create_anyway: true } })
  const page = await as('dispatcher')
  await page.goto(`/clients/${made.case.client_id}`)
  await expect(page.getByRole('region', { name: 'Карточки' }).getByRole('link', { name: new RegExp(made.case.number) })).toBeVisible()
  await expect(page.getByRole('region', { name: 'Вся история' })).toContainText(/создан|принят|откры/i)
  await page.getByRole('link', { name: 'Принять обращение' }).last().click()
  await expect(page.getByRole('textbox', { name: 'Клиент', exact: true })).toHaveValue(name)
})

test('R15 a client that one does not see is not there', async ({ as, refused }) => {
  refused(404)
  const page = await as('manager')
  await page.goto('/clients/01a200dd-e166-7857-9a01-6cc879f91e0e')
  await expect(page.getByRole('heading', { name: 'Здесь ничего нет' })).toBeVisible()
})

for (const scheme of ['light', 'dark'] as const) {
  test(`axe finds nothing on clients and on a card, ${scheme}`, async ({ as, api }) => {
    const manager = await api('manager')
    const client = await manager.post<Schema<'Client'>>('/clients', { kind: 'company', name: unique('ООО Доступность'), lang: 'ru', status: 'potential', create_anyway: true, details: [{ kind: 'email', value: 'a@example.org' }, { kind: 'legal_address', value: 'Омск, ул. Ленина, 1' }] })
    const page = await as('manager', { scheme })
    await page.goto('/clients')
    await expect(page.getByRole('table')).toBeVisible()
    await accessible(page)
    await page.getByRole('button', { name: 'Новый клиент' }).click()
    await expect(page.getByRole('dialog', { name: 'Новый клиент' })).toBeVisible()
    await accessible(page)
    await page.goto(`/clients/${client.id}`)
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    await accessible(page)
  })
}

test('R47 on a telephone what narrows the list waits behind a button, which says how much is set', async ({ as, api }) => {
  const name = unique('Узкий')
  const manager = await api('manager')
  await manager.post('/clients', { kind: 'individual', name, create_anyway: true })
  const page = await as('manager', { lang: 'ru', phone: true })
  await page.goto(`/clients?q=${encodeURIComponent(name)}`)
  await expect(page.getByText(name)).toBeVisible()
  await expect(page.getByRole('combobox', { name: 'Вид' })).toBeHidden()
  await page.getByRole('button', { name: 'Отбор', exact: true }).click()
  await accessible(page)
  await page.getByRole('combobox', { name: 'Вид' }).click()
  await page.getByRole('option', { name: 'Организация' }).click()
  await expect(page.getByRole('button', { name: 'Отбор · 1' })).toBeVisible()
  await expect(page.getByText(name)).toBeHidden()
  await page.getByRole('button', { name: 'Отбор · 1' }).click()
  await expect(page.getByRole('combobox', { name: 'Вид' })).toBeHidden()
})

for (const phone of [false, true]) {
  test(`very long names make no page wider than the window${phone ? ', on a telephone' : ''}`, async ({ as, api }) => {
    const manager = await api('manager')
    const word = 'Непрерывноеслово'.repeat(11)
    const { id } = await manager.post<Schema<'Client'>>('/clients', { name: word, create_anyway: true })
    const me = await manager.userID('manager')
    const { case: made } = await manager.post<Schema<'CaseWithTasks'>>('/appeals', { client_id: id, topic: word, source: 'site', responsible_id: me })
    const contact = await manager.post<Schema<'Contact'>>('/contacts', { client_id: id, name: word })
    await manager.post('/interactions', { client_id: id, kind: 'call', status: 'planned', at: new Date(Date.now() + 3_600_000).toISOString(), topic: word })
    const page = await as('admin', { phone })
    const theirs = await as('manager', { phone })
    for (const [who, path] of [[theirs, '/agenda'], [theirs, `/clients/${id}`], [theirs, `/contacts/${contact.id}`], [theirs, `/cases/${made.number}`], [page, '/settings/roles']] as const) {
      await who.goto(path)
      await expect(who.getByRole('heading', { level: 1 })).toBeVisible()
      if (path !== '/settings/roles') await expect(who.getByText(word).first()).toBeVisible()
      else await expect(who.getByRole('table')).toBeVisible()
      expect(await who.evaluate(() => (document.scrollingElement?.scrollWidth ?? 0) - window.innerWidth), path).toBeLessThanOrEqual(0)
    }
  })
}

test('a filter that one keeps is there on another computer, is written over only when one says so, and comes back when it was deleted', async ({ as, refused }) => {
  refused(409)
  const name = unique('Мои')
  const kept = (page: Page) => page.getByRole('dialog').getByRole('button', { name, exact: true })
  const open = (page: Page) => page.getByRole('button', { name: 'Фильтры', exact: true }).click()
  const save = async (page: Page) => {
    await page.getByRole('textbox', { name: 'Имя фильтра' }).fill(name)
    await page.getByRole('button', { name: 'Сохранить', exact: true }).click()
  }
  const here = await as('manager')
  await here.goto('/clients?status=active')
  await open(here)
  await save(here)
  await expect(kept(here)).toBeVisible()
  await accessible(here)

  const elsewhere = await as('manager')
  await elsewhere.goto('/clients')
  await open(elsewhere)
  await kept(elsewhere).click()
  await expect(elsewhere).toHaveURL(/status=active/)

  await elsewhere.goto('/clients?status=potential')
  await open(elsewhere)
  await save(elsewhere)
  await expect(elsewhere.getByText('Фильтр с таким именем уже есть')).toBeVisible()
  await elsewhere.getByRole('button', { name: 'Заменить' }).click()
  await expect(elsewhere.getByText(`Фильтр сохранён: ${name}`)).toBeVisible()
  await elsewhere.getByRole('button', { name: `Удалить: ${name}` }).click()
  await expect(kept(elsewhere)).toHaveCount(0)
  await elsewhere.getByRole('button', { name: 'Отменить' }).click()
  await here.goto('/clients')
  await open(here)
  await kept(here).click()
  await expect(here).toHaveURL(/status=potential/)
})

test('filters that were kept in one browser are carried over, once, and over none that is there; what is refused holds up nothing', async ({ as, api, refused }) => {
  refused(409, 422)
  const manager = await api('manager')
  const name = unique('Прежние')
  const taken = unique('Занято')
  const tooLong = { name: unique('Длинный'), query: `q=${'x'.repeat(5000)}` }
  await manager.post('/me/filters', { list: 'contacts', name: taken, query: 'q=1' })
  await manager.post('/me/filters', { list: 'contacts', name: `${taken} 2`, query: 'q=2' })
  const me = await manager.get<Schema<'Profile'>>('/me')
  const page = await as('manager')
  await page.goto('/contacts')
  await page.evaluate(([key, value]) => localStorage.setItem(key, value), [`marshrut.contacts.filters.${me.id}`, JSON.stringify([{ name, query: 'q=x' }, { name: taken, query: 'q=y' }, tooLong])] as const)
  await page.getByRole('button', { name: 'Фильтры', exact: true }).click()
  await expect(page.getByRole('dialog').getByRole('button', { name, exact: true })).toBeVisible()
  const there = await manager.get<Schema<'SavedFilterList'>>('/me/filters?list=contacts')
  expect(there.items?.filter((filter) => filter.name === name)).toEqual([expect.objectContaining({ query: 'q=x' })])
  const ofTaken = there.items?.filter((filter) => filter.name.startsWith(taken)).map(({ name, query }) => [name, query])
  expect(ofTaken).toEqual([[taken, 'q=1'], [`${taken} 2`, 'q=2'], [`${taken} 3`, 'q=y']])
  expect(await page.evaluate((key) => localStorage.getItem(key), `marshrut.contacts.filters.${me.id}`)).toBe(JSON.stringify([tooLong]))
})

test('when one’s filters cannot be read, that is said and can be tried again', async ({ as }) => {
  const page = await as('manager')
  let broken = true
  await page.route((url) => url.pathname === '/api/v1/me/filters', (route) => (broken ? route.fulfill({ status: 502, body: '' }) : route.continue()))
  await page.goto('/clients')
  await page.getByRole('button', { name: 'Фильтры', exact: true }).click()
  const told = page.getByRole('alert')
  await expect(told).toContainText('Сервер не смог ответить', { timeout: 30_000 })
  broken = false
  await told.getByRole('button', { name: 'Повторить' }).click()
  await expect(told).toHaveCount(0)
})
