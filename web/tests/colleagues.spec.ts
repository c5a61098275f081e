import { accessible, expect, test, unique, type Schema } from './rig/test'

type Client = Schema<'Client'>
type Contact = Schema<'Contact'>

// What a colleague does shows within a second; a machine that runs other tests besides is slower.
const soon = { timeout: 4_000 }

const key = (name: string): string => unique(name).toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')

const aMap = (id: string, name: string, more = ''): string => `id: ${id}
process: deal
name: {en: '${name}', ru: '${name}'}
${more}
stages:
  - id: talk
    name: {en: Talk, ru: Разговор}
    performer: responsible
    outcomes:
      - {id: agreed, name: {en: Agreed, ru: Согласовано}, finish: positive}
`

test('R44 two browsers: what a colleague changes on the card of a client shows at once, in the list and among his contacts too', async ({ as, api }) => {
  const manager = await api('manager')
  const client = await manager.post<Client>('/clients', { kind: 'company', name: unique('ООО Живая карточка'), create_anyway: true, details: [{ kind: 'phone', value: '+7 495 000-10-01' }] })
  const contact = await manager.post<Contact>('/contacts', { client_id: client.id, name: unique('Анна Живая') })
  const mine = await as('director')
  await mine.goto(`/clients/${client.id}`)
  await expect(mine.getByRole('link', { name: '+7 495 000-10-01' })).toBeVisible()
  const list = await mine.context().newPage()
  await list.goto(`/clients?q=${encodeURIComponent(client.name)}`)
  await expect(list.getByRole('link', { name: client.name })).toBeVisible()
  const card = await mine.context().newPage()
  await card.goto(`/contacts/${contact.id}`)
  await expect(card.getByRole('heading', { level: 1 })).toHaveText(contact.name)

  const colleague = await as('manager')
  await colleague.goto(`/clients/${client.id}`)
  await colleague.getByRole('button', { name: 'Изменить: Контактная информация' }).click()
  const window = colleague.getByRole('dialog')
  await window.getByRole('textbox', { name: 'Значение' }).fill('+7 495 000-20-02')
  await window.getByRole('button', { name: 'Сохранить' }).click()
  await expect(mine.getByRole('link', { name: '+7 495 000-20-02' })).toBeVisible(soon)
  const name = unique('ООО Другое имя')
  await manager.patch(`/clients/${client.id}`, { name })
  await expect(mine.getByRole('heading', { level: 1 })).toContainText(name, soon)
  await manager.patch(`/contacts/${contact.id}`, { position: 'Главный бухгалтер' })
  await expect(card.getByRole('group', { name: 'Должность' }).getByText('Главный бухгалтер')).toBeVisible(soon)
  await expect(mine.getByText('Главный бухгалтер')).toBeVisible(soon)
  await manager.patch(`/clients/${client.id}`, { name: client.name, status: 'active' })
  await expect(list.getByRole('row').filter({ hasText: client.name })).toContainText('Действующий', soon)
})

test('R44 a field that one is typing in stays as it is typed when a colleague changes it, and neither text is lost', async ({ as, api, refused }) => {
  refused(412)
  const manager = await api('manager')
  const client = await manager.post<Client>('/clients', { kind: 'company', name: unique('ООО Поле'), create_anyway: true })
  const contact = await manager.post<Contact>('/contacts', { client_id: client.id, name: unique('Пётр Поле') })
  const page = await as('director')
  await page.goto(`/contacts/${contact.id}`)
  await page.getByRole('button', { name: 'Изменить: Должность' }).click()
  const field = page.getByRole('textbox', { name: 'Должность' })
  await field.fill('Закупщик')
  const name = unique('Пётр Переименован')
  await manager.patch(`/contacts/${contact.id}`, { position: 'Директор', name })
  await expect(page.getByRole('heading', { level: 1 })).toContainText(name, soon)
  await expect(field).toHaveValue('Закупщик')
  await expect(field).toBeFocused()
  await page.keyboard.press('Enter')
  const conflict = page.getByRole('alert')
  await expect(conflict).toContainText('Директор')
  await expect(conflict).toContainText('Закупщик')
  expect((await manager.get<Contact>(`/contacts/${contact.id}`)).position).toBe('Директор')
  await conflict.getByRole('button', { name: 'Записать моё' }).click()
  await expect.poll(async () => await manager.get<Contact>(`/contacts/${contact.id}`)).toMatchObject({ position: 'Закупщик', name })
})

test('R39 a template that a colleague saves shows at once, and over what one is writing it is shown and not written', async ({ as, api, refused }) => {
  refused(412)
  const director = await api('director')
  const template = key('live')
  const put = (text: string, over: string) => director.put(`/templates/${template}`, { lang: 'ru', channel: 'email', subject: 'Тема', text }, over === '*' ? { 'If-None-Match': '*' } : { 'If-Match': over })
  await put('Первый', '*')
  const page = await as('director')
  await page.goto(`/templates/${template}`)
  const text = page.getByRole('textbox', { name: 'Текст письма' })
  await expect(text).toHaveValue('Первый')
  await text.focus()
  await put('Второй', '"1"')
  await expect(text).toHaveValue('Второй', soon)
  await expect(text).toBeFocused()
  await text.fill('Мой')
  await put('Третий', '"2"')
  const clash = page.getByRole('alert')
  await expect(clash.getByText('Третий')).toBeVisible(soon)
  await expect(text).toHaveValue('Мой')
  await expect(text).toBeFocused()
  await accessible(page)
  // What is typed waits for whoever goes elsewhere, whatever is saved meanwhile.
  await page.getByRole('link', { name: 'Задачи' }).first().click()
  await put('Четвёртый', '"3"')
  await page.goto(`/templates/${template}`)
  await expect(text).toHaveValue('Мой')
  await expect(clash.getByText('Четвёртый')).toBeVisible()
  await page.getByRole('button', { name: 'Сохранить', exact: true }).click()
  await expect(clash.getByText('Четвёртый')).toBeVisible()
  const stored = async () => (await director.get<Schema<'TemplateList'>>(`/templates/${template}`)).items?.find((one) => one.lang === 'ru')?.text
  expect(await stored()).toBe('Четвёртый')
  await page.getByRole('button', { name: 'Сохранить мой поверх' }).click()
  await expect.poll(stored).toBe('Мой')
  await expect(clash).toHaveCount(0)
  await expect(text).toHaveValue('Мой')
})

test('R38 R53 a version, the tests and the audience of a map that a colleague changes show at once', async ({ as, api, refused }) => {
  refused(412)
  const admin = await api('admin')
  const [id, name] = [key('live-map'), unique('Живая карта')]
  const page = await as('director')
  await page.goto('/maps')
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await admin.post('/route-maps', { source: aMap(id, name) })
  await expect(page.getByRole('link', { name })).toBeVisible(soon)
  await page.goto(`/maps/${id}`)
  await expect(page.getByRole('table', { name: 'Версии' }).getByRole('row', { name: /Версия 1 / })).toBeVisible()
  await admin.post('/route-maps', { source: aMap(id, name, 'time_limit: 10 days') })
  await expect(page.getByRole('table', { name: 'Версии' }).getByRole('row', { name: /Версия 2 / })).toBeVisible(soon)

  // What both change in the same form is put together.
  await page.getByRole('region', { name: 'Кто может выбрать' }).getByRole('button', { name: 'Изменить' }).click()
  const dialog = page.getByRole('dialog', { name: 'Кто может выбрать карту' })
  await dialog.getByLabel('Состояние').click()
  await page.getByRole('option', { name: 'В архиве' }).click()
  await admin.patch(`/route-maps/${id}`, { available_to: { users: ['manager'] } })
  await expect(page.getByRole('region', { name: 'Кто может выбрать', includeHidden: true })).toContainText('Иван Петров', soon)
  await dialog.getByRole('button', { name: 'Сохранить' }).click()
  await expect(dialog).toBeHidden()
  expect(await admin.get<Schema<'Map'>>(`/route-maps/${id}`)).toMatchObject({ state: 'archived', available_to: { users: ['manager'] } })

  await page.goto(`/maps/${id}/edit?tab=tests`)
  await expect(page.getByText('У карты ещё нет тестов.')).toBeVisible()
  await admin.put(`/route-maps/${id}/tests`, { source: `map: ${id}\n# коллеги\n` }, { 'If-Match': '"0"' })
  const tests = page.getByRole('textbox', { name: 'Тесты карты, YAML' })
  await expect(tests).toContainText('# коллеги', soon)
  await tests.click()
  await page.keyboard.press('ControlOrMeta+End')
  await page.keyboard.insertText('# мои\n')
  await admin.put(`/route-maps/${id}/tests`, { source: `map: ${id}\n# ещё раз\n` }, { 'If-Match': '"1"' })
  const difference = page.getByRole('region', { name: 'Чем ваши тесты отличаются от сохранённых' })
  await expect(difference).toContainText('# ещё раз', soon)
  await expect(tests).toContainText('# мои')
})

test('R30 R61 R38 lists, people and departments that a colleague changes show at once, and an open form is put together with them', async ({ as, api, refused }) => {
  refused(412)
  const admin = await api('admin')
  const [item, name] = [key('live-reason'), unique('Передумали')]
  await admin.put(`/reference-lists/loss_reason/${item}`, { name: { ru: name, en: 'Changed' }, active: true, position: 500 }, { 'If-None-Match': '*' })
  const page = await as('director')
  await page.goto('/settings/lists?list=loss_reason')
  const row = page.getByRole('row').filter({ hasText: item })
  await expect(row).toContainText(name)
  const renamed = unique('Раздумали')
  await admin.put(`/reference-lists/loss_reason/${item}`, { name: { ru: renamed, en: 'Changed' }, active: true, position: 500 }, { 'If-Match': '"1"' })
  await expect(row).toContainText(renamed, soon)
  await row.getByRole('button', { name: `Изменить: ${renamed}` }).click()
  const form = page.getByRole('dialog')
  const mine = unique('По-моему')
  await form.getByRole('textbox', { name: 'Название по-русски' }).fill(mine)
  await admin.put(`/reference-lists/loss_reason/${item}`, { name: { ru: renamed, en: 'Changed' }, active: false, position: 700 }, { 'If-Match': '"2"' })
  await expect(page.getByRole('row', { includeHidden: true }).filter({ hasText: item })).toContainText('Не используется', soon)
  await expect(form.getByRole('textbox', { name: 'Название по-русски' })).toHaveValue(mine)
  await form.getByRole('button', { name: 'Сохранить' }).click()
  await expect(form).toBeHidden()
  const items = (await admin.get<Schema<'ReferenceItemList'>>('/reference-lists/loss_reason')).items ?? []
  expect(items.find((one) => one.key === item)).toMatchObject({ names: { ru: mine }, active: false, position: 700 })

  await page.goto('/settings/users')
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  const user = await admin.post<Schema<'User'>>('/users', { login: key('live'), name: unique('Новенький'), roles: ['manager'], password: 'a long password' })
  await page.goto(`/settings/users/${user.id}`)
  await expect(page.getByText(user.name).first()).toBeVisible()
  await admin.patch(`/users/${user.id}`, { phone: '+7 495 000-30-03' })
  await expect(page.getByText('+7 495 000-30-03')).toBeVisible(soon)

  const company = await as('admin', { lang: 'en' })
  await company.goto('/settings/company')
  await expect(company.getByRole('region', { name: 'Departments' }).getByRole('listitem').first()).toBeVisible()
  const department = unique('Live department')
  await admin.post('/departments', { key: key('live-dep'), name: { ru: department, en: department } })
  await expect(company.getByText(department)).toBeVisible(soon)
})

test('R43 a calendar that one is writing keeps what is typed when a colleague saves it, and both are in it', async ({ as, api, refused }) => {
  refused(412)
  const director = await api('director')
  const id = key('live-cal')
  const content = { name: { ru: unique('Смены'), en: 'Shifts' }, time_zone: 'Europe/Moscow', week: { monday: ['09:00-18:00'] } }
  await director.put(`/calendars/${id}`, { content }, { 'If-None-Match': '*' })
  const page = await as('director')
  await page.goto(`/settings/calendars/${id}`)
  const tuesday = page.getByRole('textbox', { name: 'вторник' })
  await expect(page.getByRole('textbox', { name: 'понедельник' })).toHaveValue('09:00–18:00')
  // Whoever has typed nothing sees what is there now.
  await director.put(`/calendars/${id}`, { content: { ...content, week: { monday: ['08:00-17:00'] } } }, { 'If-Match': '"1"' })
  await expect(page.getByRole('textbox', { name: 'понедельник' })).toHaveValue('08:00–17:00', soon)
  await tuesday.fill('10-14')
  const name = { ru: unique('Смены склада'), en: 'Shifts' }
  await director.put(`/calendars/${id}`, { content: { ...content, name, week: { monday: ['08:00-17:00'] } } }, { 'If-Match': '"2"' })
  await expect(page.getByRole('heading', { name: name.ru })).toBeVisible(soon)
  await expect(tuesday).toHaveValue('10-14')
  await expect(tuesday).toBeFocused()
  await page.getByRole('button', { name: 'Сохранить' }).click()
  await expect.poll(async () => (await director.get<Schema<'Calendar'>>(`/calendars/${id}`)).content).toMatchObject({ name, week: { monday: ['08:00-17:00'], tuesday: ['10:00-14:00'] } })
  await expect(page.getByRole('button', { name: 'Отменить изменения' })).toHaveCount(0)
})

test('R66 what an administrator changes of one’s profile shows at once, and what one is typing there stays', async ({ as, api, refused }) => {
  refused(412)
  const admin = await api('admin')
  const login = key('live')
  const user = await admin.post<Schema<'User'>>('/users', { login, name: unique('Пишет Подпись'), roles: ['manager'], lang: 'ru', password: 'a long password' })
  const page = await as('director')
  const answer = await page.context().request.post('/api/v1/sessions', { data: { login, password: 'a long password' } })
  expect(answer.ok()).toBe(true)
  await page.goto('/profile')
  const signature = page.getByRole('textbox', { name: 'Подпись' })
  await signature.fill('С уважением')
  const name = unique('Другое Имя')
  await admin.patch(`/users/${user.id}`, { name, phone: '+7 495 000-40-04' })
  await expect(page.getByText(name).first()).toBeVisible(soon)
  await expect(signature).toHaveValue('С уважением')
  await page.getByRole('region', { name: 'О вас' }).getByRole('button', { name: 'Сохранить' }).click()
  await expect(page.getByRole('textbox', { name: 'Телефон' })).toHaveValue('+7 495 000-40-04')
  const me = async () => (await (await page.context().request.get('/api/v1/me')).json()) as Schema<'Profile'>
  await expect.poll(me).toMatchObject({ signature: 'С уважением', phone: '+7 495 000-40-04', name })
})
