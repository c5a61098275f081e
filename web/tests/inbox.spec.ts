import type { Page } from '@playwright/test'

import { accessible, choose, expect, test, unique, type Api, type Schema } from './rig/test'

type Made = Schema<'CaseWithTasks'>
type Task = Schema<'Task'>

const hostile = '<img src=x onerror="window.hacked=1">'

/** deal begins a process-controlled deal of the user, and answers its first task. */
async function deal(api: Api, topic = unique('Светильники')): Promise<Task> {
  const made = await api.post<Made>('/deals', { client: { name: unique('ООО «Причал»'), create_anyway: true }, topic, source: 'Сайт', kind: 'process' })
  return first(made)
}

/** appeal begins an appeal, whose first task lies in the dispatchers' pool. */
async function appeal(api: Api, topic = unique('Когда первый паром?')): Promise<Task> {
  const made = await api.post<Made>('/appeals', { client: { name: unique('Клиент'), create_anyway: true }, topic, source: 'Сайт' })
  return first(made)
}

function first(made: Made): Task {
  const task = made.next_tasks?.[0]
  if (task === undefined) throw new Error('the case opened no task')
  return task
}

const outcome = (page: Page, name: string) => page.getByRole('region', { name: /^(Задача|Task)$/ }).getByRole('button', { name, exact: false })
const row = (page: Page, task: Task) => page.getByRole('link', { name: new RegExp(task.case?.number ?? 'none') })

/** at types a day and a time into a field that asks for both. */
async function at(page: Page, name: string, day: string, time: string): Promise<void> {
  const group = page.getByRole('group', { name, exact: true })
  const [date, clock] = [group.getByLabel(/: (дата|day)$/), group.getByLabel(/: (время|time)$/)]
  await date.fill(day)
  await date.press('Tab')
  await clock.fill(time)
}

test('R20 R52 outcomes are told apart, and a task is completed with the form of one', async ({ as, api, refused }) => {
  refused(422)
  const task = await deal(await api('manager'))
  const page = await as('manager')
  await page.goto(`/inbox/${task.id}`)
  await expect(page.getByRole('heading', { level: 2, name: 'Первичный контакт' })).toBeVisible()
  await expect(outcome(page, 'Состоялся')).toContainText('К этапу «Квалификация»')
  await expect(outcome(page, 'Состоялся')).toHaveAttribute('data-way', 'on')
  await expect(outcome(page, 'Не дозвонились')).toContainText('Остаётся на этом этапе')
  await expect(outcome(page, 'Не дозвонились')).toHaveAttribute('data-way', 'cyclic')
  await expect(outcome(page, 'Проиграна')).toContainText('Завершает отказом')
  await expect(outcome(page, 'Проиграна')).toHaveAttribute('data-way', 'negative')

  await outcome(page, 'Состоялся').click()
  const form = page.getByRole('form', { name: 'Состоялся' })
  await form.getByRole('button', { name: 'Завершить: Состоялся' }).click()
  await expect(form.getByText('Заполните это поле')).toBeVisible()
  await at(page, 'Когда состоялось', '20.11.2026', '10')
  await form.getByLabel('Тема').fill('Первый звонок')
  await form.getByRole('button', { name: 'Завершить: Состоялся' }).click()
  await expect(page.getByRole('heading', { name: 'Готово: Состоялся' })).toBeVisible()

  const next = page.getByRole('link', { name: /Дальше по этой карточке/ })
  await expect(next).toBeFocused()
  await next.press('Enter')
  await expect(page.getByRole('heading', { level: 2, name: 'Квалификация' })).toBeVisible()
})

test('R20 the form of an outcome is in sight when it opens, with the keyboard in its first field', async ({ as, api }) => {
  const task = await deal(await api('manager'))
  for (const phone of [false, true]) {
    const page = await as('manager', { phone })
    if (!phone) await page.setViewportSize({ width: 1280, height: 640 })
    await page.emulateMedia({ reducedMotion: phone ? 'reduce' : 'no-preference' })
    await page.goto(`/inbox/${task.id}`)
    await outcome(page, 'Состоялся').press('Enter')
    const form = page.getByRole('form', { name: 'Состоялся' })
    await expect(form.locator('input, textarea, button').first()).toBeFocused()
    await expect(form.locator('input, textarea, button').first()).toBeInViewport({ ratio: 1 })
    if (!phone) await expect(form).toBeInViewport({ ratio: 0.7 })
  }
})

test('R20 R9 a form that begins with a day begins there, though its calendar is still being loaded', async ({ as, api }) => {
  const task = await deal(await api('manager'))
  const page = await as('manager')
  await page.goto(`/inbox/${task.id}`)
  let go = () => undefined as void
  const asked = new Promise<void>((resolve) => (go = resolve))
  await page.route(/DayInput.*\.js/, async (route) => {
    await asked
    await route.continue()
  })
  await outcome(page, 'Не дозвонились').press('Enter')
  const form = page.getByRole('form', { name: 'Не дозвонились' })
  await expect(form.getByRole('textbox').first()).toBeDisabled()
  await expect(form.getByRole('textbox').nth(1)).not.toBeFocused()
  go()
  await expect(form.getByRole('textbox').first()).toBeFocused()
})

test('R30 a field shows while its condition holds, as one types', async ({ as, api }) => {
  const task = await deal(await api('manager'))
  const page = await as('manager')
  await page.goto(`/inbox/${task.id}`)
  await outcome(page, 'Проиграна').click()
  const form = page.getByRole('form', { name: 'Проиграна' })
  await expect(form.getByLabel('Конкурент')).toHaveCount(0)
  await form.getByRole('combobox', { name: /Причина/ }).click()
  await page.getByRole('option', { name: /конкурент/i }).click()
  await expect(form.getByLabel('Конкурент')).toBeVisible()
  await form.getByRole('combobox', { name: /Причина/ }).click()
  await page.getByRole('option', { name: /цен|дорого/i }).first().click()
  await expect(form.getByLabel('Конкурент')).toHaveCount(0)
  await form.getByRole('button', { name: 'Завершить: Проиграна' }).click()
  await expect(page.getByRole('heading', { name: 'Готово: Проиграна' })).toBeVisible()
})

test('R53 two browsers: what one takes the other sees at once', async ({ as, api }) => {
  const task = await appeal(await api('dispatcher'))
  const one = await as('dispatcher')
  const other = await as('director')
  await one.goto(`/inbox/${task.id}`)
  await other.goto(`/tasks/${task.id}`)
  await expect(other.getByText(/^Для всех: /)).toBeVisible()
  await one.getByRole('button', { name: 'Взять', exact: true }).click()
  await expect(other.getByRole('region', { name: 'Задача', exact: true }).getByText(/В работе у: /)).toBeVisible({ timeout: 3_000 })
  await one.getByRole('button', { name: 'Вернуть', exact: true }).click()
  await expect(other.getByRole('button', { name: 'Взять', exact: true })).toBeVisible({ timeout: 3_000 })
})

test('R53 two browsers complete one task: the second hears who was first, and keeps what was typed', async ({ as, api, refused }) => {
  refused(409)
  const dispatcher = await api('dispatcher')
  const task = await appeal(dispatcher)
  const one = await as('dispatcher')
  const other = await as('director')
  for (const page of [one, other]) {
    await page.goto(page === one ? `/inbox/${task.id}` : `/tasks/${task.id}`)
    await outcome(page, 'Спам, дубль').click()
    await page.getByRole('form').getByLabel(/Причина/).fill(page === one ? 'Реклама' : `Дубль ${hostile}`)
  }
  await one.getByRole('button', { name: /^Завершить: / }).click()
  await expect(one.getByRole('heading', { name: /^Готово: / })).toBeVisible()
  const told = other.getByRole('region', { name: 'Задача', exact: true })
  await expect(told.getByText('Задача выполнена')).toBeVisible({ timeout: 3_000 })
  await expect(told.getByText(`Дубль ${hostile}`)).toBeVisible()
  expect(await other.evaluate(() => 'hacked' in window)).toBe(false)

  // One that does not know it yet is refused, and told.
  const late = await appeal(dispatcher)
  await other.goto(`/tasks/${late.id}`)
  await outcome(other, 'Спам, дубль').click()
  await other.getByRole('form').getByLabel(/Причина/).fill('Поздно')
  await other.route('**/api/v1/tasks/*/complete', async (route) => {
    await dispatcher.post(`/tasks/${late.id}/complete`, { outcome: 'spam-duplicate', fields: { reason: 'Реклама' } })
    await route.continue()
  })
  await other.getByRole('button', { name: /^Завершить: / }).click()
  await expect(told.getByRole('alert').filter({ hasText: /выполн/i }).first()).toBeVisible()
  await expect(told.getByText('Поздно')).toBeVisible()
})

test('R10 R12 an assignment: accepted, done with a report, returned with a reason, approved', async ({ as, api, refused }) => {
  refused(422)
  const director = await api('director')
  const title = unique(`Report ${hostile}`)
  const task = await director.post<Task>('/tasks', { kind: 'assignment', title, assignee_id: await director.userID('manager2') })
  const page = await as('manager2', { lang: 'en' })
  await page.goto(`/inbox/${task.id}`)
  await expect(page.getByRole('heading', { level: 2, name: title })).toBeVisible()
  await page.getByRole('button', { name: 'Accept', exact: true }).click()
  await expect(page.getByRole('button', { name: 'Accept', exact: true })).toBeHidden()
  await page.getByRole('button', { name: 'Done', exact: true }).click()
  await page.getByLabel('What has been done').fill('All of it')
  await page.getByRole('form').getByRole('button', { name: 'Done', exact: true }).click()
  await expect(page.getByRole('heading', { level: 2, name: 'Done' })).toBeVisible()

  const author = await as('director')
  await author.goto(`/inbox/${task.id}`)
  await expect(author.getByText('All of it')).toBeVisible()
  await author.getByRole('button', { name: 'Вернуть на доработку' }).click()
  await author.getByRole('form').getByRole('button', { name: 'Вернуть на доработку' }).click()
  await expect(author.getByText('Заполните это поле')).toBeVisible()
  await author.getByLabel('Что доработать').fill('Нет итогов')
  await author.getByRole('form').getByRole('button', { name: 'Вернуть на доработку' }).click()
  await expect(author.getByText('На доработке')).toBeVisible()
  await page.goto(`/inbox/${task.id}`)
  await expect(page.getByText('Нет итогов')).toBeVisible()
  await page.getByText('History').click()
  await expect(page.getByRole('listitem').filter({ hasText: 'Returned for rework' })).toBeVisible()
  await (await api('manager2')).post(`/tasks/${task.id}/complete`, {})
  await author.getByRole('button', { name: 'Утвердить' }).click()
  await expect(author.getByRole('heading', { level: 2, name: 'Утверждено' })).toBeVisible()
})

test('R10 a date or a time that cannot be read stays, says so, and nothing is sent without it', async ({ as }) => {
  const page = await as('manager')
  let sent = 0
  page.on('request', (request) => request.method() === 'POST' && request.url().endsWith('/tasks') && (sent += 1))
  await page.goto('/inbox')
  await page.getByRole('button', { name: 'Новая задача' }).click()
  const dialog = page.getByRole('dialog', { name: 'Новая задача' })
  const title = unique('Не потерять срок')
  await dialog.getByLabel('Что нужно сделать').fill(title)
  const day = dialog.getByRole('textbox', { name: 'Срок: дата' })
  for (const typed of ['завтра', '31.02.2027']) {
    await day.fill(typed)
    await day.press('Enter')
    await expect(dialog.getByText('Нужна дата, например 02.03.2026')).toBeVisible()
    await expect(day).toBeFocused()
    await expect(day).toHaveValue(typed)
  }
  await accessible(page)
  await day.fill('02.03.2031')
  const time = dialog.getByRole('textbox', { name: 'Срок: время' })
  await time.fill('вечером')
  await dialog.getByRole('button', { name: 'Создать задачу' }).click()
  await expect(dialog.getByText('Нужно время, например 9:30')).toBeVisible()
  await expect(time).toHaveValue('вечером')
  expect(sent).toBe(0)
  await time.fill('930')
  await dialog.getByRole('button', { name: 'Создать задачу' }).click()
  await expect(dialog).toBeHidden()
  expect(sent).toBe(1)
})

test('R10 R13 a personal task is made, found by filters of the address, and done by the keyboard', async ({ as }) => {
  const page = await as('manager2', { lang: 'en' })
  await page.goto('/inbox')
  await page.getByRole('button', { name: 'New task' }).click()
  const dialog = page.getByRole('dialog', { name: 'New task' })
  await dialog.getByRole('button', { name: 'Make the task' }).click()
  await expect(dialog.getByText('Fill this in')).toBeVisible()
  const title = unique(`Call the bank ${hostile}`)
  await dialog.getByLabel('What is to be done').fill(title)
  await at(page, 'Deadline', '02/03/2026', '930')
  await accessible(page)
  await dialog.getByRole('button', { name: 'Make the task' }).click()
  await expect(dialog).toBeHidden()

  const list = page.getByRole('region', { name: 'My tasks' })
  await expect(list.getByRole('heading', { name: /^Overdue \d/ })).toBeVisible()
  await page.getByText('Overdue', { exact: true }).click()
  await expect(page).toHaveURL(/overdue=1/)
  await page.reload()
  await expect(page.getByRole('checkbox', { name: 'Overdue', exact: true })).toBeChecked()
  await expect(list.getByRole('link', { name: title })).toBeVisible()
  await page.keyboard.press('j')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/\/inbox\/[0-9a-f-]{36}\?overdue=1/)
  await page.goto('/inbox?kind=personal&overdue=1')
  await list.getByRole('link', { name: title }).click()
  await expect(page.getByRole('heading', { level: 2, name: title })).toBeFocused()
  await page.keyboard.press('e')
  await expect(page.getByRole('button', { name: 'Done', exact: true })).toBeFocused()
  await page.keyboard.press('Enter')
  await page.getByLabel('What has been done').fill('Called')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 2, name: 'Done' })).toBeVisible()
  await expect(list.getByRole('link', { name: title })).toHaveCount(0)
  expect(await page.evaluate(() => 'hacked' in window)).toBe(false)
})

test('R13 several tasks of a pool are taken and handed over at once', async ({ as, api }) => {
  const dispatcher = await api('dispatcher')
  const tasks = [await appeal(dispatcher), await appeal(dispatcher)]
  const page = await as('dispatcher')
  await page.setViewportSize({ width: 1440, height: 6000 }) // only the rows in sight are on the page
  await page.goto('/inbox')
  for (const task of tasks) await page.getByRole('checkbox', { name: new RegExp(`${task.case?.number}$`) }).check()
  await page.getByRole('button', { name: 'Взять · 2' }).click()
  await expect(page.getByText('Взято задач: 2')).toBeVisible()
  for (const task of tasks) await expect(row(page, task)).toContainText('В работе у')
  for (const task of tasks) await page.getByRole('checkbox', { name: new RegExp(`${task.case?.number}$`) }).check()
  await page.getByRole('button', { name: 'Передать · 2' }).click()
  const dialog = page.getByRole('dialog', { name: 'Передать 2 задачи' })
  await choose(dialog.getByRole('combobox', { name: 'Кому' }), 'Иван Петров')
  await expect(dialog.getByText('2 задачи перейдут к: Иван Петров')).toBeVisible()
  await dialog.getByRole('button', { name: 'Передать', exact: true }).click()
  await expect(page.getByText('Передано задач: 2')).toBeVisible()
  for (const task of tasks) await expect(row(page, task)).toHaveCount(0)
})

test('R41 a new task appears in the list by itself', async ({ as, api }) => {
  const page = await as('dispatcher')
  await page.setViewportSize({ width: 1440, height: 6000 })
  await page.goto('/inbox')
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  const task = await appeal(await api('dispatcher'))
  await expect(row(page, task)).toBeVisible({ timeout: 3_000 })
})

for (const scheme of ['light', 'dark'] as const) {
  test(`R53 axe finds nothing on the list, a task and its form, ${scheme}`, async ({ as, api }) => {
    const task = await deal(await api('manager'), unique(hostile))
    const page = await as('manager', { scheme })
    await page.goto(`/inbox?case=${task.case?.number}`)
    await expect(row(page, task)).toBeVisible()
    await accessible(page)
    await page.goto(`/inbox/${task.id}`)
    await outcome(page, 'Состоялся').click()
    await expect(page.getByRole('form').getByLabel('Когда состоялось: дата')).toBeEnabled()
    await accessible(page)
    await page.goto('/tasks')
    await expect(page.getByRole('heading', { level: 1, name: 'Все задачи' })).toBeVisible({ timeout: 20_000 })
    await accessible(page)
  })
}

test('R53 on a telephone the list and the task take turns', async ({ as, api }) => {
  const task = await deal(await api('manager'))
  const page = await as('manager', { phone: true })
  await page.goto(`/inbox?case=${task.case?.number}`)
  await row(page, task).click()
  await expect(page.getByRole('heading', { level: 2, name: 'Первичный контакт' })).toBeVisible()
  await expect(page.getByRole('tab', { name: 'Все задачи' })).toHaveCount(0)
  await outcome(page, 'Не дозвонились').click()
  await accessible(page)
  await at(page, 'Когда состоится', '02.03.2027', '10:30')
  await page.getByRole('button', { name: 'Завершить: Не дозвонились' }).click()
  await expect(page.getByRole('heading', { name: 'Готово: Не дозвонились' })).toBeVisible()
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true)
  await page.getByRole('link', { name: 'К списку' }).click()
  await expect(page.getByRole('tab', { name: 'Все задачи' })).toBeVisible()
})

test('R53 a list that cannot be read says so, and is read again', async ({ as }) => {
  const page = await as('manager2', { lang: 'en' })
  await page.route('**/api/v1/tasks?*', (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify({ type: 'about:blank', code: 'unavailable', title: 'Not now', status: 503 }) }))
  await page.goto('/inbox')
  await expect(page.getByRole('alert')).toContainText('Not now')
  await page.unroute('**/api/v1/tasks?*')
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByRole('alert')).toHaveCount(0)
})

test('R10 everybody’s tasks are narrowed to a kind, a colleague and a pool, in the address', async ({ as, api }) => {
  const director = await api('director')
  const title = unique('Проверить договор')
  await director.post('/tasks', { kind: 'assignment', title, assignee_id: await director.userID('manager') })
  const page = await as('director')
  await page.goto('/tasks')
  await page.getByLabel('Вид задачи').selectOption('Поручение')
  await expect(page).toHaveURL(/kind=assignment/)
  const performer = page.getByRole('combobox', { name: 'Исполнитель' })
  await choose(performer, 'Иван Петров')
  await expect(page).toHaveURL(/user=[0-9a-f-]{36}/)
  const list = page.getByRole('region', { name: 'Все задачи' })
  await expect(list.getByRole('link', { name: title })).toBeVisible()
  await expect(performer).toHaveValue('Иван Петров')
  await choose(performer, 'Диспетчер', page.getByRole('option', { name: 'Диспетчер' }).last())
  await expect(page).toHaveURL(/role=dispatcher/)
  await expect(list.getByRole('link', { name: title })).toHaveCount(0)
  await page.reload()
  await expect(performer).toHaveValue('Диспетчер')
})
