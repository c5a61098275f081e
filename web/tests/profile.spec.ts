import type { Page } from '@playwright/test'

import { accessible, choose, expect, test, unique, type Api, type Schema } from './rig/test'

const password = 'a long password'

/** hired is somebody new, so that nobody else's settings are touched. */
async function hired(admin: Api): Promise<string> {
  const login = unique('new').toLowerCase().replaceAll(' ', '.')
  await admin.post('/users', { login, name: unique('Новый Сотрудник'), password, roles: ['manager'], lang: 'ru', time_zone: 'Europe/Moscow' })
  return login
}

/** signInAs makes a page somebody else's. */
async function signInAs(page: Page, login: string, secret = password): Promise<void> {
  const answer = await page.context().request.post('/api/v1/sessions', { data: { login, password: secret } })
  expect(answer.ok(), await answer.text()).toBe(true)
}

test('R66 one changes one’s telephone, signature and language, and what one is written about', async ({ as, api, refused }) => {
  refused(422)
  const login = await hired(await api('admin'))
  const page = await as('director')
  await signInAs(page, login)
  await page.goto('/profile')
  await page.getByRole('textbox', { name: 'Телефон' }).fill('не телефон')
  await page.getByRole('region', { name: 'О вас' }).getByRole('button', { name: 'Сохранить' }).click()
  await expect(page.getByRole('textbox', { name: 'Телефон' })).toHaveAttribute('aria-invalid', 'true')
  await page.getByRole('textbox', { name: 'Телефон' }).fill('+7 495 123-45-67')
  await page.getByRole('textbox', { name: 'Подпись' }).fill('С уважением, <b>я</b>')
  await page.getByRole('region', { name: 'О вас' }).getByRole('button', { name: 'Сохранить' }).click()
  await expect(page.getByText('Сохранено')).toBeVisible()

  const letters = page.getByRole('region', { name: 'Письма вам' })
  await letters.getByRole('radiogroup', { name: 'Вас упомянули' }).getByText('В сводке').click()
  await letters.getByRole('radiogroup', { name: 'Поручение' }).getByText('Не писать').click()
  await letters.getByRole('textbox', { name: 'Сводка приходит в' }).fill('7:30')
  await letters.getByRole('switch', { name: 'Тихие часы' }).click()
  await letters.getByRole('textbox', { name: 'До' }).fill('9')
  await letters.getByRole('button', { name: 'Сохранить' }).click()
  await expect(async () => {
    const me = (await (await page.context().request.get('/api/v1/me')).json()) as Schema<'Profile'>
    expect(me).toMatchObject({ phone: '+7 495 123-45-67', signature: 'С уважением, <b>я</b>', digest: ['mention'], muted: ['assignment'], digest_at: '07:30', quiet_from: '20:00', quiet_to: '09:00' })
  }).toPass()

  await page.getByRole('combobox', { name: 'Язык' }).click()
  await page.getByRole('option', { name: 'English' }).click()
  await page.getByRole('region', { name: 'О вас' }).getByRole('button', { name: 'Сохранить' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Profile' })).toBeVisible()
})

test('R66 letters that one sets in two windows are put together, and what is typed of oneself waits for whoever goes elsewhere', async ({ as, api, refused }) => {
  refused(412)
  const login = await hired(await api('admin'))
  const page = await as('director')
  await signInAs(page, login)
  await page.goto('/profile')
  const set = (of: typeof page, subject: string, time: string) => of.getByRole('radiogroup', { name: subject }).getByText(time).click()
  const save = (of: typeof page) => of.getByRole('region', { name: 'Письма вам' }).getByRole('button', { name: 'Сохранить' }).click()
  await set(page, 'Поручение', 'В сводке')
  const other = await page.context().newPage()
  await other.goto('/profile')
  await set(other, 'Вас упомянули', 'Не писать')
  await save(other)
  await expect(other.getByText('Сохранено')).toBeVisible()
  await expect(page.getByRole('radiogroup', { name: 'Поручение' }).getByRole('radio', { name: 'В сводке' })).toBeChecked()
  await save(page)
  await expect.poll(async () => (await (await page.context().request.get('/api/v1/me')).json()) as Schema<'Profile'>).toMatchObject({ digest: ['assignment'], muted: ['mention'] })
  await expect(page.getByRole('radiogroup', { name: 'Вас упомянули' }).getByRole('radio', { name: 'Не писать' })).toBeChecked()

  await page.getByRole('textbox', { name: 'Подпись' }).fill('С уважением')
  await page.getByRole('link', { name: 'Мои задачи' }).first().click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Мои задачи')
  await page.goBack()
  await expect(page.getByRole('textbox', { name: 'Подпись' })).toHaveValue('С уважением')
})

test('R61 one plans an absence with a substitute, and cancels it', async ({ as, api }) => {
  const admin = await api('admin')
  const login = await hired(admin)
  const other = await hired(admin)
  const users = await admin.get<Schema<'UserList'>>('/users')
  const substitute = users.items?.find((user) => user.login === other)?.name ?? ''
  const page = await as('director')
  await signInAs(page, login)
  await page.goto('/profile')
  const absences = page.getByRole('region', { name: 'Отсутствия' })
  await absences.getByRole('button', { name: 'Запланировать отсутствие' }).click()
  const dialog = page.getByRole('dialog', { name: 'Запланировать отсутствие' })
  await expect(dialog.getByRole('combobox', { name: 'Сотрудник' })).toHaveCount(0)
  await expect(dialog.getByRole('group', { name: 'С', exact: true }).getByRole('textbox').first()).toBeFocused()
  const next = new Date().getFullYear() + 1
  await dialog.getByRole('group', { name: 'С', exact: true }).getByRole('textbox').first().fill(`02.03.${next}`)
  await dialog.getByRole('group', { name: 'По', exact: true }).getByRole('textbox').first().fill(`10.03.${next}`)
  await choose(dialog.getByRole('combobox', { name: 'Замещает' }), substitute)
  await dialog.getByRole('button', { name: 'Сохранить' }).click()
  await expect(absences.getByText(`Задачи получает ${substitute}`)).toBeVisible()
  await absences.getByRole('button', { name: /^Изменить: / }).click()
  const change = page.getByRole('dialog', { name: /^Отсутствие/ })
  await change.getByRole('radio', { name: 'Ближайшему руководителю, который на месте' }).check()
  await change.getByRole('button', { name: 'Сохранить' }).click()
  await expect(change).toHaveCount(0)
  await expect(absences.getByText(`Задачи получает ${substitute}`)).toHaveCount(0)
  await absences.getByRole('button', { name: 'Отменить отсутствие' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Отменить отсутствие' }).click()
  await expect(absences.getByText('Отсутствий не запланировано.')).toBeVisible()
})

test('R66 one sees where one is signed in, ends the others, and changes the password', async ({ as, api, refused }) => {
  refused(422)
  const login = await hired(await api('admin'))
  const page = await as('director')
  const elsewhere = await as('manager')
  await signInAs(elsewhere, login)
  await signInAs(elsewhere, login)
  await signInAs(page, login)
  await page.goto('/profile')
  const sessions = page.getByRole('region', { name: 'Где выполнен вход' })
  await expect(sessions.getByRole('listitem')).toHaveCount(3)
  // A double click asks once, and ends nothing.
  const question = page.getByRole('dialog', { name: 'Завершить сеанс?' })
  await sessions.getByRole('button', { name: 'Завершить' }).first().evaluate((button: HTMLButtonElement) => {
    button.click()
    button.click()
  })
  await question.getByRole('button', { name: 'Назад' }).click()
  await expect(question).toHaveCount(0)
  await expect(sessions.getByRole('listitem')).toHaveCount(3)
  await sessions.getByRole('button', { name: 'Завершить' }).first().click()
  await question.getByRole('button', { name: 'Завершить' }).click()
  await expect(sessions.getByRole('listitem')).toHaveCount(2)
  await expect(sessions.getByRole('listitem').first()).toContainText('Это окно')
  await sessions.getByRole('button', { name: 'Выйти везде' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Выйти везде' }).click()
  await expect(sessions.getByRole('listitem')).toHaveCount(1)
  expect((await elsewhere.context().request.get('/api/v1/me')).status()).toBe(401)

  const form = page.getByRole('region', { name: 'Пароль' })
  await form.getByLabel('Нынешний пароль').fill('wrong password')
  await form.getByLabel('Новый пароль').fill('another long one')
  await form.getByRole('button', { name: 'Сменить пароль' }).click()
  await expect(form.getByLabel('Нынешний пароль')).toHaveAttribute('data-invalid', 'true')
  await form.getByLabel('Нынешний пароль').fill(password)
  await form.getByRole('button', { name: 'Сменить пароль' }).click()
  await expect(page.getByText('Сохранено')).toBeVisible()
  await signInAs(elsewhere, login, 'another long one')
})

test('R66 a token for a program is shown once, copied, and revoked', async ({ as, api }) => {
  const login = await hired(await api('admin'))
  const page = await as('director')
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await signInAs(page, login)
  await page.goto('/profile')
  const tokens = page.getByRole('region', { name: 'Токены для программ' })
  await tokens.getByRole('button', { name: 'Создать токен' }).click()
  const dialog = page.getByRole('dialog', { name: 'Создать токен' })
  await dialog.getByRole('textbox', { name: 'Название' }).fill('Учёт <b>1С</b>')
  await expect(dialog.getByRole('checkbox', { name: 'Читать то, что видите вы' })).toBeChecked()
  await expect(dialog.getByRole('checkbox', { name: 'Менять настройки' })).toHaveCount(0)
  await dialog.getByRole('button', { name: 'Создать токен' }).click()
  const secret = (await dialog.locator('pre').textContent()) ?? ''
  await dialog.getByRole('button', { name: 'Скопировать' }).click()
  await expect(dialog.getByRole('button', { name: 'Скопировано' })).toBeVisible()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(secret)
  await accessible(page)
  await dialog.getByRole('button', { name: 'Токен сохранён' }).click()
  await expect(tokens.getByText('Учёт <b>1С</b>')).toBeVisible()
  await expect(page.getByText(secret)).toHaveCount(0)
  await tokens.getByRole('button', { name: /^Отозвать токен/ }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Отозвать' }).click()
  await expect(tokens.getByText('Токенов нет.')).toBeVisible()
})

for (const scheme of ['light', 'dark'] as const) {
  test(`axe finds nothing on the profile, ${scheme}, and it fits a telephone`, async ({ as }) => {
    const page = await as('director', { scheme, phone: scheme === 'dark' })
    await page.goto('/profile')
    await expect(page.getByRole('region', { name: 'Токены для программ' })).toBeVisible()
    await expect(page.getByRole('list', { name: 'Где выполнен вход' }).getByRole('listitem').first()).toBeVisible()
    await accessible(page)
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true)
  })
}

test('keys that are a single character can be turned off, and stay so', async ({ as }) => {
  const page = await as('manager2', { lang: 'en' })
  await page.goto('/profile')
  await page.getByRole('switch', { name: 'Single-character keys' }).uncheck()
  await page.goto('/inbox')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('My tasks')
  await page.keyboard.press('n')
  await page.keyboard.press('?')
  await page.keyboard.press('Control+k')
  await expect(page.getByRole('dialog')).toHaveCount(1)
  await expect(page.getByRole('textbox', { name: 'Search and go' })).toBeVisible()
  await page.keyboard.press('Escape')
  await page.goto('/profile')
  await page.getByRole('switch', { name: 'Single-character keys' }).check()
  await page.goto('/inbox')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('My tasks')
  await page.keyboard.press('n')
  await expect(page.getByRole('dialog', { name: 'New task' })).toBeVisible()
})
