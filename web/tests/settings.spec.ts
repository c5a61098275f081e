import type { Locator, Page } from '@playwright/test'

import { accessible, choose, expect, test, unique, url, type Api, type Schema } from './rig/test'

const hostile = '<img src=x onerror="window.hacked=1">'

/** A key that no other test has. */
const key = (name: string): string => unique(name).toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')

const calm = async (page: Page) => expect(await page.evaluate(() => 'hacked' in window)).toBe(false)

/** confirm says yes to the question that was asked. */
async function confirm(page: Page, yes: string): Promise<void> {
  await page.getByRole('dialog').last().getByRole('button', { name: yes, exact: true }).click()
}

/** hire makes a colleague of a test's own. */
async function hire(admin: Api, name: string, more: object = {}): Promise<Schema<'User'>> {
  return admin.post<Schema<'User'>>('/users', { login: key('u'), name, lang: 'en', roles: ['manager'], password: 'a long password', ...more })
}

const row = (page: Page, name: string): Locator => page.getByRole('row').filter({ hasText: name })

test('R15 settings are shown to those who may change them', async ({ as }) => {
  const manager = await as('manager')
  await manager.goto('/settings')
  await expect(manager).toHaveURL(/\/settings\/absences$/)
  await manager.goto('/settings/users')
  await expect(manager.getByRole('heading', { name: 'Здесь ничего нет' })).toBeVisible()
  await manager.goto('/audit')
  await expect(manager.getByRole('heading', { name: 'Здесь ничего нет' })).toBeVisible()
  const director = await as('director')
  await director.goto('/settings')
  const menu = director.getByRole('navigation', { name: 'Разделы настроек' })
  await expect(menu.getByRole('link', { name: 'Календари' })).toBeVisible()
  await expect(menu.getByRole('link', { name: 'Роли и права' })).toHaveCount(0)
  await expect(menu.getByRole('link', { name: 'Части системы' })).toHaveCount(0)
})

test('R61 an account is made, changed and closed; what is wrong is said beside its field', async ({ as, api, refused }) => {
  refused(422)
  const admin = await api('admin')
  const page = await as('admin', { lang: 'en' })
  const [name, login] = [`${unique('Nina New')} ${hostile}`, key('nina')]
  await page.goto('/settings/users')
  await page.getByRole('button', { name: 'New user' }).click()
  const form = page.getByRole('dialog', { name: 'New user' })
  await form.getByRole('textbox', { name: 'Name', exact: true }).fill(name)
  await form.getByRole('textbox', { name: 'Login' }).fill(login)
  await form.getByLabel('Password', { exact: true }).fill('short')
  await form.getByRole('button', { name: 'Save' }).click()
  await expect(form.getByLabel('Password', { exact: true })).toHaveAttribute('aria-invalid', 'true')
  await form.getByLabel('Password', { exact: true }).fill('a long password')
  await form.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('heading', { level: 2, name })).toBeVisible()
  await calm(page)

  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  await page.getByRole('dialog').getByRole('textbox', { name: 'Phone' }).fill('+7 495 111-22-33')
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('region', { name })).toContainText('+7 495 111-22-33')

  await page.getByRole('button', { name: 'Close the account' }).click()
  await confirm(page, 'Close the account')
  await expect(page.getByRole('region', { name }).getByText('left')).toBeVisible()
  const made = (await admin.get<Schema<'UserList'>>('/users')).items?.find((user) => user.login === login)
  expect(made?.active).toBe(false)
  await page.goto('/settings/users')
  await page.getByRole('searchbox', { name: 'Search' }).fill(login)
  await expect(page.getByText('Nothing found')).toBeVisible()
  await page.getByText('Left', { exact: true }).click()
  await expect(row(page, login)).toBeVisible()
})

test('R61 what a colleague has changed meanwhile is put together with mine, and a clash is shown', async ({ as, api, refused }) => {
  refused(412)
  const admin = await api('admin')
  const user = await hire(admin, unique('Clash Carter'), { phone: '+7 495 000-11-11' })
  const page = await as('admin', { lang: 'en' })
  await page.goto(`/settings/users/${user.id}`)
  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  const form = page.getByRole('dialog')
  await form.getByRole('textbox', { name: 'Phone' }).fill('+7 495 000-22-22')
  await form.getByRole('textbox', { name: 'Name', exact: true }).fill(`${user.name} II`)
  await admin.patch(`/users/${user.id}`, { email: 'clash@example.org', phone: '+7 495 000-33-33' })
  await form.getByRole('button', { name: 'Save' }).click()
  await expect(form.getByRole('alert')).toContainText('+7 495 000-33-33')
  await form.getByRole('button', { name: 'Take theirs: Phone' }).click()
  await form.getByRole('button', { name: 'Save' }).click()
  await expect(form).toBeHidden()
  expect(await admin.get<Schema<'User'>>(`/users/${user.id}`)).toMatchObject({ name: `${user.name} II`, email: 'clash@example.org', phone: '+7 495 000-33-33' })
})

test('R61 a leaver’s work is seen before it moves, and handed over with the account closed', async ({ as, api, refused }) => {
  refused(409)
  const admin = await api('admin')
  const [leaver, heir] = [await hire(admin, unique('Leo Leaver')), await hire(admin, unique('Hanna Heir'))]
  const client = await admin.post<Schema<'Client'>>('/clients', { kind: 'company', name: unique('Handover Ltd'), lang: 'en', status: 'potential', owner_id: leaver.id, create_anyway: true })
  const page = await as('admin', { lang: 'en' })
  await page.goto(`/settings/users/${leaver.id}`)
  await page.getByRole('button', { name: 'Close the account' }).click()
  await confirm(page, 'Close the account')
  await expect(page.getByRole('alert')).toContainText('Hand his work over first')
  await page.getByRole('button', { name: 'Hand work over' }).click()
  const form = page.getByRole('dialog', { name: `Hand over the work of ${leaver.name}` })
  await choose(form.getByRole('combobox', { name: 'To whom' }), heir.name)
  await expect(form.getByRole('region', { name: 'Who gets what' }).getByRole('row', { name: heir.name })).toContainText('1')
  await accessible(page)
  expect((await admin.get<Schema<'Client'>>(`/clients/${client.id}`)).owner_id).toBe(leaver.id)
  await form.getByRole('button', { name: 'Hand over 1 item' }).click()
  await expect(form).toBeHidden()
  await expect(page.getByText('Nothing is left')).toBeVisible()
  expect((await admin.get<Schema<'Client'>>(`/clients/${client.id}`)).owner_id).toBe(heir.id)
  expect((await admin.get<Schema<'User'>>(`/users/${leaver.id}`)).active).toBe(false)
})

test('R66 sessions of a user are ended, and an identity of a provider is linked and unlinked', async ({ as, api, playwright }) => {
  const admin = await api('admin')
  const user = await hire(admin, unique('Sam Session'))
  const page = await as('admin', { lang: 'en' })
  const elsewhere = await playwright.request.newContext({ baseURL: url(), userAgent: 'Other browser' })
  expect((await elsewhere.post('/api/v1/sessions', { data: { login: user.login, password: 'a long password' } })).ok()).toBe(true)
  expect((await elsewhere.get('/api/v1/me')).ok()).toBe(true)
  await page.goto(`/settings/users/${user.id}`)
  await page.getByRole('button', { name: 'End the session: Other browser' }).click()
  await expect(page.getByText('Not signed in anywhere now.')).toBeVisible()
  expect((await elsewhere.get('/api/v1/me')).status()).toBe(401)
  await elsewhere.dispose()

  await page.getByRole('button', { name: 'Link', exact: true }).click()
  const form = page.getByRole('dialog')
  await form.getByRole('textbox', { name: 'Provider' }).fill('https://id.example.org')
  await form.getByRole('textbox', { name: 'Subject' }).fill(user.login)
  await form.getByRole('button', { name: 'Link', exact: true }).click()
  await page.getByRole('button', { name: `Unlink: ${user.login}` }).click()
  await confirm(page, 'Unlink')
  await expect(page.getByText('No identity of a provider is linked.')).toBeVisible()
})

test('R66 a token for a program is made, shown once, works, and is revoked', async ({ as, playwright }) => {
  const page = await as('manager')
  const name = unique('Магазин')
  await page.goto('/settings/tokens')
  await page.getByRole('button', { name: 'Новый токен' }).click()
  const form = page.getByRole('dialog', { name: 'Новый токен' })
  await form.getByRole('textbox', { name: 'Название' }).fill(name)
  await form.getByRole('button', { name: 'Выпустить' }).click()
  const shown = page.getByRole('dialog', { name: 'Ваш новый токен' })
  const secret = (await shown.locator('pre').textContent()) ?? ''
  await accessible(page)
  const program = await playwright.request.newContext({ baseURL: url(), extraHTTPHeaders: { Authorization: `Bearer ${secret}` } })
  expect((await program.get('/api/v1/clients')).ok()).toBe(true)
  expect((await program.post('/api/v1/clients', { data: { name } })).status()).toBe(403)
  await shown.getByRole('button', { name: 'Сохранил' }).click()
  await page.getByRole('button', { name: `Отозвать токен: ${name}` }).click()
  await confirm(page, 'Отозвать')
  await expect(page.getByText(name)).toHaveCount(0)
  expect((await program.get('/api/v1/clients')).status()).toBe(401)
  await program.dispose()
})

test('R15 a role of one’s own is made, changed, and deleted once nobody has it', async ({ as, api, refused }) => {
  refused(409, 422)
  const admin = await api('admin')
  const [name, role] = [`${unique('Accountant')} ${hostile}`, key('acc')]
  const page = await as('admin', { lang: 'en' })
  await page.goto('/settings/roles')
  await page.getByRole('button', { name: 'New role' }).click()
  const form = page.getByRole('dialog')
  // All that lacks is told at once, and the keyboard is at the first of it.
  await form.getByRole('button', { name: 'Save' }).click()
  await expect(form.getByRole('textbox', { name: 'Name in Russian' })).toBeFocused()
  for (const field of ['Name in Russian', 'Key']) await expect(form.getByRole('textbox', { name: field })).toHaveAccessibleDescription(/must be filled in/)
  await form.getByRole('textbox', { name: 'Name in Russian' }).fill(name)
  await form.getByRole('textbox', { name: 'Name in English' }).fill(name)
  await form.getByRole('textbox', { name: 'Key' }).fill(role)
  await form.getByRole('checkbox', { name: 'Reports' }).check()
  await form.getByText('Own department').click()
  await accessible(page)
  await form.getByRole('button', { name: 'Save' }).click()
  await expect(row(page, role)).toContainText('Own department')
  await calm(page)
  expect(await admin.get<Schema<'Role'>>(`/roles/${role}`)).toMatchObject({ rights: ['work', 'report'], visibility: 'department' })

  const user = await hire(admin, unique('Role Holder'), { roles: [role] })
  await page.getByRole('button', { name: `Delete: ${name}` }).click()
  await confirm(page, 'Delete')
  await expect(page.getByRole('alert').filter({ hasText: 'in use' })).toBeVisible()
  await admin.patch(`/users/${user.id}`, { roles: ['manager'] })
  await page.getByRole('button', { name: `Delete: ${name}` }).click()
  await confirm(page, 'Delete')
  await expect(row(page, role)).toHaveCount(0)
})

test('R38 R43 offices and departments: a tree that is added to, renamed and moved', async ({ as, api, refused }) => {
  refused(422)
  const admin = await api('admin')
  const page = await as('admin', { lang: 'en' })
  const [office, top, below] = [unique('North office'), unique('Trade'), unique('Retail')]
  await page.goto('/settings/company')
  // What other tests add moves it from under a pointer.
  await page.getByRole('button', { name: 'New office' }).press('Enter')
  const form = page.getByRole('dialog')
  await form.getByRole('textbox', { name: 'Name in Russian' }).fill(office)
  await form.getByRole('textbox', { name: 'Key' }).fill(key('n'))
  await form.getByRole('combobox', { name: 'Time zone' }).fill('Asia/Osmk')
  await form.getByRole('button', { name: 'Save' }).click()
  await expect(form.getByRole('combobox', { name: 'Time zone' })).toHaveAttribute('aria-invalid', 'true')
  await form.getByRole('combobox', { name: 'Time zone' }).fill('Asia/Omsk')
  await form.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('region', { name: 'Offices' })).toContainText(office)

  const departments = page.getByRole('region', { name: 'Departments' })
  for (const [name, open] of [[top, 'New department'], [below, `Add below: ${top}`]] as const) {
    await departments.getByRole('button', { name: open }).press('Enter')
    await form.getByRole('textbox', { name: 'Name in Russian' }).fill(name)
    await form.getByRole('textbox', { name: 'Name in English' }).fill(name)
    await form.getByRole('textbox', { name: 'Key' }).fill(key('d'))
    await form.getByRole('button', { name: 'Save' }).click()
    await expect(departments.getByText(name)).toBeVisible()
  }
  const found = async (name: string) => (await admin.get<Schema<'DepartmentList'>>('/departments')).items?.find((one) => one.name === name || one.names.ru === name)
  expect((await found(below))?.parent_id).toBe((await found(top))?.id)
  await expect(departments.getByRole('listitem').filter({ hasText: top }).getByRole('listitem')).toContainText(below)

  await departments.getByRole('button', { name: `Edit: ${below}` }).press('Enter')
  await choose(form.getByRole('combobox', { name: 'Head' }), 'Kate Brown')
  await form.getByRole('combobox', { name: 'Is part of' }).click()
  await page.getByRole('option', { name: 'At the top' }).click()
  await form.getByRole('button', { name: 'Save' }).click()
  await expect.poll(async () => (await found(below))?.parent_id).toBeUndefined()
  await expect(departments.getByText('headed by Kate Brown').first()).toBeVisible()
})

test('R62 an absence with its substitute is planned, seen by colleagues, and cancelled', async ({ as, api }) => {
  const admin = await api('admin')
  const [who, instead] = [await hire(admin, unique('Ab Sent')), await hire(admin, unique('Sub Stitute'))]
  const page = await as('admin', { lang: 'en' })
  await page.goto('/settings/absences')
  await page.getByRole('button', { name: 'Plan an absence' }).click()
  const form = page.getByRole('dialog')
  await choose(form.getByRole('combobox', { name: 'User' }), who.name)
  await form.getByRole('textbox', { name: 'From: day' }).fill('01/07/2031')
  await form.getByRole('textbox', { name: 'Until: day' }).fill('15/07/2031')
  await choose(form.getByRole('combobox', { name: 'Substitute' }), instead.name)
  await form.getByRole('button', { name: 'Save' }).click()
  await expect(form).toBeHidden()
  await expect(row(page, who.name)).toContainText(instead.name)

  const colleague = await as('manager')
  await colleague.goto('/settings/absences')
  await expect(row(colleague, who.name)).toContainText('запланировано')
  await expect(row(colleague, who.name).getByRole('button')).toHaveCount(0)

  await page.getByRole('button', { name: `Cancel it: ${who.name}` }).click()
  await confirm(page, 'Cancel it')
  await expect(row(page, who.name)).toHaveCount(0)
})

test('R43 a calendar of one’s own gets its week and its holidays, and its past is kept', async ({ as, api, refused }) => {
  refused(404) // what has just been deleted may be read once more before the page is left
  const director = await api('director')
  const id = key('cal')
  const page = await as('director')
  await page.goto('/settings/calendars')
  await page.getByRole('button', { name: 'Новый календарь' }).click()
  const form = page.getByRole('dialog')
  await form.getByRole('textbox', { name: 'Название по-русски' }).fill(unique('Склад'))
  await form.getByRole('textbox', { name: 'Название по-английски' }).fill('Store')
  await form.getByRole('textbox', { name: 'Ключ' }).fill(id)
  await form.getByRole('button', { name: 'Сохранить' }).click()
  await expect(page).toHaveURL(new RegExp(`/settings/calendars/${id}$`))

  await page.getByRole('textbox', { name: 'суббота' }).fill('утром')
  await expect(page.getByRole('textbox', { name: 'суббота' })).toHaveAttribute('aria-invalid', 'true')
  await page.getByRole('textbox', { name: 'суббота' }).fill('10-14')
  // What is not saved waits for whoever goes elsewhere and comes back, until he takes it back.
  await page.getByRole('link', { name: 'Все календари' }).click()
  await page.goto(`/settings/calendars/${id}`)
  await expect(page.getByRole('textbox', { name: 'суббота' })).toHaveValue('10:00–14:00')
  await page.getByRole('button', { name: 'Отменить изменения' }).click()
  await expect(page.getByRole('textbox', { name: 'суббота' })).toHaveValue('')
  await page.getByRole('textbox', { name: 'суббота' }).fill('10-14')
  const year = new Date().getUTCFullYear()
  await page.getByRole('button', { name: /^12 июня: / }).click()
  await page.getByRole('dialog').getByRole('textbox', { name: 'Название по-русски' }).fill('День склада')
  await page.getByRole('dialog').getByRole('combobox', { name: 'Этот день' }).click()
  await page.getByRole('option', { name: 'Праздник' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Применить' }).click()
  await expect(page.getByRole('button', { name: /^12 июня: праздник, День склада/ })).toBeVisible()
  await expect(page.getByText('сроки, которые ещё не наступили, пересчитаются')).toBeVisible()
  await page.getByRole('button', { name: 'Сохранить' }).click()
  await expect.poll(async () => (await director.get<Schema<'Calendar'>>(`/calendars/${id}`)).content).toMatchObject({ week: { saturday: ['10:00-14:00'] }, years: [{ year, holidays: [{ date: `${year}-06-12`, name: { ru: 'День склада' } }] }] })

  await page.getByRole('button', { name: 'Что было раньше' }).click()
  await page.getByText('Версия 1', { exact: true }).click()
  await page.getByRole('button', { name: 'Взять в форму' }).last().click()
  await expect(page.getByRole('textbox', { name: 'суббота' })).toHaveValue('')

  // What was not saved goes with the calendar.
  await page.getByRole('button', { name: 'Удалить', exact: true }).click()
  await confirm(page, 'Удалить')
  await expect(page).toHaveURL(/\/settings\/calendars$/)
  await expect(row(page, id)).toHaveCount(0)
  expect(await page.evaluate(() => Object.keys(sessionStorage).filter((key) => key.startsWith('marshrut.form.')))).toEqual([])
})

test('R43 a calendar that somebody works by is not deleted: who does is told', async ({ as, api, refused }) => {
  refused(409, 422)
  const [admin, id, office] = [await api('admin'), key('kept'), key('office')]
  const page = await as('admin', { lang: 'en' })
  await page.goto('/settings/calendars')
  await page.getByRole('button', { name: 'New calendar' }).click()
  const form = page.getByRole('dialog')
  await form.getByRole('textbox', { name: 'Name in Russian' }).fill('Занятый')
  await form.getByRole('textbox', { name: 'Key' }).fill(id)
  await form.getByRole('button', { name: 'Save' }).click()
  // What lacks in one language is said there.
  await expect(form.getByRole('textbox', { name: 'Name in English' })).toBeFocused()
  await expect(form.getByRole('textbox', { name: 'Name in Russian' })).not.toHaveAttribute('aria-invalid', 'true')
  await form.getByRole('textbox', { name: 'Name in English' }).fill('Kept')
  await form.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('heading', { level: 2, name: 'Kept' })).toBeVisible()
  await admin.post('/offices', { key: office, name: { en: office }, time_zone: 'Asia/Omsk', calendar: id })
  await page.getByRole('button', { name: 'Delete', exact: true }).click()
  await confirm(page, 'Delete')
  await expect(page.getByRole('dialog', { name: 'Kept' }).getByRole('alert')).toContainText(office)
})

test('R45 an own attribute of clients is made with its options, and put out of use', async ({ as, api }) => {
  const director = await api('director')
  const [name, attribute] = [`${unique('Сегмент')} ${hostile}`, key('seg').replaceAll('-', '_')]
  const page = await as('director')
  await page.goto('/settings/attributes')
  await page.getByRole('button', { name: 'Новый реквизит' }).click()
  const form = page.getByRole('dialog')
  await form.getByRole('textbox', { name: 'Название по-русски' }).first().fill(name)
  await form.getByRole('textbox', { name: 'Ключ', exact: true }).fill(attribute)
  await form.getByRole('combobox', { name: 'Вид' }).click()
  await page.getByRole('option', { name: 'Выбор' }).click()
  await form.getByRole('button', { name: 'Добавить вариант' }).click()
  await form.getByRole('textbox', { name: 'Вариант 1 по-русски' }).fill('Ключевой')
  await form.getByRole('textbox', { name: 'Вариант 1: ключ' }).fill('vip')
  await form.getByRole('checkbox', { name: 'Искать по нему' }).check()
  await accessible(page)
  await form.getByRole('button', { name: 'Сохранить' }).click()
  await expect(row(page, attribute)).toContainText('Выбор: Ключевой')
  await calm(page)
  await row(page, attribute).getByRole('button').click()
  await form.getByRole('switch', { name: 'Используется' }).press('Space')
  await form.getByRole('button', { name: 'Сохранить' }).click()
  await expect(row(page, attribute)).toContainText('Не используется')
  const all = await director.get<Schema<'AttributeList'>>('/attributes')
  expect(all.items?.find((one) => one.key === attribute)).toMatchObject({ archived: true, searchable: true, options: [{ id: 'vip' }] })
})

test('R30 R37 items of the reference lists are added, renamed, moved and put out of use', async ({ as, api }) => {
  const director = await api('director')
  const [name, item] = [unique('Не дозвонились'), key('no-answer')]
  const page = await as('director')
  await page.goto('/settings/lists?list=loss_reason')
  await page.getByRole('button', { name: 'Добавить' }).click()
  const form = page.getByRole('dialog')
  await form.getByRole('textbox', { name: 'Название по-русски' }).fill(name)
  await form.getByRole('textbox', { name: 'Ключ' }).fill(item)
  await form.getByRole('button', { name: 'Сохранить' }).click()
  await expect(row(page, item)).toBeVisible()
  const position = async () => (await director.get<Schema<'ReferenceItemList'>>('/reference-lists/loss_reason')).items?.map((one) => one.key).indexOf(item) ?? -1
  const before = await position()
  await page.getByRole('button', { name: `Выше: ${name}` }).click()
  await expect.poll(position).toBe(before - 1)
  await page.getByRole('switch', { name: `Предлагать: ${name}` }).press('Space')
  await confirm(page, 'Не предлагать')
  await expect(row(page, item)).toContainText('Не используется')

  const purpose = key('visit')
  await page.goto('/settings/lists?list=purpose')
  await page.getByRole('button', { name: 'Добавить' }).click()
  await form.getByRole('textbox', { name: 'Название по-русски' }).fill(unique('Визит'))
  await form.getByRole('textbox', { name: 'Ключ' }).fill(purpose)
  await choose(form.getByRole('combobox', { name: 'Исполнитель' }), 'Иван Петров')
  await form.getByRole('button', { name: 'Сохранить' }).click()
  await expect(row(page, purpose)).toContainText('Иван Петров')
})

test('R8 the zone of a region is corrected with what it means said', async ({ as, api }) => {
  const director = await api('director')
  const page = await as('director')
  await page.goto('/settings/lists?list=regions')
  await page.getByRole('textbox', { name: 'Поиск' }).fill('Чукот')
  await page.getByRole('button', { name: /^Изменить: Чукот/ }).click()
  const form = page.getByRole('dialog')
  await form.getByRole('combobox', { name: 'Часовой пояс' }).fill('Asia/Kamchatka')
  await form.getByRole('button', { name: 'Сохранить' }).click()
  await expect.poll(async () => (await director.get<Schema<'RegionList'>>('/regions')).items?.find((one) => one.key === 'RU-CHU')?.time_zone).toBe('Asia/Kamchatka')
})

test('R22 a block says what vanishes with it, and is not switched off by a slip', async ({ as, api }) => {
  const admin = await api('admin')
  const page = await as('admin', { lang: 'en' })
  await page.goto('/settings/blocks')
  const claims = page.getByRole('region', { name: 'Claims' })
  await expect(claims).toContainText('the report by reasons')
  await claims.getByRole('switch').press('Space')
  const asked = page.getByRole('dialog', { name: 'Switch off: Claims?' })
  await expect(asked).toContainText('Their processes go on')
  await asked.getByRole('button', { name: 'Cancel' }).click()
  await expect(claims.getByRole('switch')).toBeChecked()
  expect((await admin.get<Schema<'Settings'>>('/settings')).blocks.claims).toBe(true)
})

test('R15 the audit tells who has changed what, before and after', async ({ as, api }) => {
  const admin = await api('admin')
  const user = await hire(admin, `${unique('Audited')} ${hostile}`, { phone: '+7 495 777-00-01' })
  await admin.patch(`/users/${user.id}`, { phone: '+7 495 777-00-02' })
  const page = await as('director')
  await page.goto(`/audit?record=${user.id}`)
  const changed = page.getByRole('row').filter({ hasText: 'изменено' })
  await expect(changed).toHaveCount(1)
  await expect(changed).toContainText('Ольга Смирнова')
  await changed.getByRole('button').click()
  const about = page.getByRole('dialog', { name: 'Сотрудник' })
  await expect(about.getByRole('region', { name: 'Было и стало' })).toContainText('+7 495 777-00-01')
  await expect(about.getByRole('region', { name: 'Было и стало' })).toContainText('→ +7 495 777-00-02')
  await accessible(page)
  await page.keyboard.press('Escape')
  await page.getByRole('row').filter({ hasText: 'создано' }).getByRole('button').click()
  await expect(page.getByRole('dialog')).toContainText(hostile)
  await calm(page)
  await page.setViewportSize({ width: 390, height: 844 })
  await page.goto(`/audit?record=${user.id}`)
  await expect(changed.getByText('Ольга Смирнова').first()).toBeVisible()
  await page.goto(`/audit?record=${key('nobody')}`)
  await expect(page.getByText('Ничего не найдено')).toBeVisible()
})

test('R61 a task that nobody there would do is handed over', async ({ as, api }) => {
  const admin = await api('admin')
  const nobody = key('nobody')
  await admin.put(`/roles/${nobody}`, { name: { en: nobody, ru: nobody }, rights: ['work'], visibility: 'all' }, { 'If-None-Match': '*' })
  const source = `id: ${nobody}
process: deal
name: {en: ${nobody}, ru: ${nobody}}
state: active
stages:
  - id: look
    name: {en: Look, ru: Осмотр}
    performer: {role: ${nobody}}
    outcomes:
      - {id: sold, name: {en: Sold, ru: Продано}, finish: positive}
      - {id: not, name: {en: Not sold, ru: Не продано}, finish: negative, require: [reason]}
`
  await admin.post('/route-maps', { source })
  const made = await admin.post<Schema<'CaseWithTasks'>>('/deals', { map: nobody, topic: unique('Left alone'), source: 'site', client: { name: unique('Alone Ltd'), create_anyway: true } })
  const [task] = made.next_tasks ?? []
  const page = await as('admin', { lang: 'en' })
  await page.goto('/settings/unattended')
  const left = row(page, made.case.number)
  await left.getByRole('button', { name: /^Hand over/ }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('combobox').click()
  const to = (await admin.get<Schema<'UserList'>>('/users')).items?.find((user) => user.login === 'manager2')
  await page.getByRole('option', { name: to?.name ?? '' }).click()
  await dialog.getByRole('button', { name: 'Delegate' }).click()
  await expect(left).toHaveCount(0)
  await expect.poll(async () => {
    const { performer, taken_by: takenBy } = await admin.get<Schema<'Task'>>(`/tasks/${task?.id}`)
    return takenBy ?? performer.user_id
  }).toBe(to?.id)
})

test('R53 what failed is tried again: what is to be mended first is told, and once it is, it is gone', async ({ as, api, refused }) => {
  refused(409)
  const admin = await api('admin')
  const map = key('waits')
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
      - {id: not, name: {en: Not sold, ru: Не продано}, finish: negative, require: [reason]}
`
  await admin.post('/route-maps', { source })
  const made = await admin.post<Schema<'CaseWithTasks'>>('/deals', { map, topic: unique('Without a day'), source: 'site', client: { name: unique('Waiting Ltd'), create_anyway: true } })
  const page = await as('admin', { lang: 'en' })
  await page.goto('/settings/incidents')
  const failed = page.getByRole('row').filter({ has: page.locator(`a[href="/cases/${made.case.id}"]`) })
  await expect(failed).toContainText('no_time')
  await failed.getByRole('button', { name: /^Try again/ }).click()
  await expect(page.getByRole('alert').filter({ hasText: /mend|same reason/i })).toBeVisible()
  await expect(failed).toBeVisible()
  await accessible(page)
  await admin.patch(`/cases/${made.case.id}`, { fields: { sent_on: '2026-01-02' } })
  await expect.poll(async () => (await admin.get<Schema<'IncidentList'>>('/incidents?limit=200')).items?.some((one) => one.case_id === made.case.id)).toBe(false)
  await page.reload()
  await expect(page.getByRole('heading', { name: 'Incidents' }).first()).toBeVisible()
  await expect(failed).toHaveCount(0)
})

const places = ['users', 'roles', 'company', 'absences', 'tokens', 'calendars', 'calendars/ru', 'attributes', 'lists', 'lists?list=regions', 'blocks', 'incidents', 'unattended', 'mailboxes']

for (const scheme of ['light', 'dark'] as const) {
  for (const [part, here] of [['people', places.slice(0, 5)], ['calendars and lists', places.slice(5, 10)], ['the rest', places.slice(10)]] as const) {
    test(`axe finds nothing on the settings: ${part}, ${scheme}`, async ({ as, api }) => {
      const page = await as('admin', { lang: 'en', scheme })
      const more = part === 'people' ? [`/settings/users/${await (await api('admin')).userID('manager')}`] : part === 'the rest' ? ['/audit'] : []
      for (const place of [...here.map((name) => `/settings/${name}`), ...more]) {
        await page.goto(place)
        await expect(place === '/audit' ? page.getByRole('table', { name: 'Audit' }) : page.getByRole('navigation', { name: 'Sections of the settings' })).toBeVisible()
        await expect(page.getByRole('status', { name: 'Loading…' })).toHaveCount(0)
        await accessible(page)
      }
    })
  }
}

test('the settings are read on a telephone', async ({ as }) => {
  const page = await as('admin', { lang: 'en', phone: true })
  await page.goto('/settings/users')
  await page.getByRole('combobox', { name: 'Sections of the settings' }).click()
  await page.getByRole('option', { name: 'Calendars' }).click()
  await expect(page).toHaveURL(/calendars$/)
  for (const place of [...places.map((name) => `/settings/${name}`), '/audit']) {
    await page.goto(place)
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    await expect(page.getByRole('status', { name: 'Loading…' })).toHaveCount(0)
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), `${place} is wider than the telephone`).toBeLessThanOrEqual(0)
  }
})
