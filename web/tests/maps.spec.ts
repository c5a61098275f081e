import type { Locator, Page } from '@playwright/test'

import { accessible, expect, test, unique, type Api, type Schema } from './rig/test'

const hostile = '<img src=x onerror="window.hacked=1">'

let made = 0
/** newID is an id of a map that no other test has. */
const newID = (): string => `t-${process.pid.toString(36)}${(made += 1).toString(36)}${Date.now().toString(36).slice(-4)}`

/** mapOf is a map with two stages, a condition and a letter. */
const mapOf = (id: string, name: string, more = ''): string => `id: ${id}
process: deal
name: {en: '${name}', ru: '${name}'}
group: {en: Tests, ru: Проверки}
${more}
fields: {volume: {type: number, name: {en: Volume, ru: Объём}}}
stages:
  - id: talk
    name: {en: Talk, ru: Разговор}
    performer: responsible
    time_limit: 2 working hours
    on_entry:
      - {email: order-placed, to: client}
    outcomes:
      - {id: again, name: {en: Once more, ru: Ещё раз}, require: [comment], to: talk}
      - {id: large, name: {en: Large, ru: Крупная}, when: volume > 10, to: approval}
      - {id: agreed, name: {en: Agreed, ru: Согласовано}, finish: positive}
  - id: approval
    name: {en: Approval, ru: Одобрение}
    performer: head_of_department
    outcomes:
      - {id: approved, name: {en: Approved, ru: Одобрено}, finish: positive}
      - {id: refused, name: {en: Refused, ru: Отказано}, finish: negative}
`

test('R38 the library has the maps by group, and says who may choose them', async ({ as, api }) => {
  const admin = await api('admin')
  const id = newID()
  const name = unique('Карта')
  await admin.post('/route-maps', { source: mapOf(id, `${name} ${hostile}`) })
  const page = await as('manager')
  await page.goto('/maps')
  await page.getByLabel('Поиск', { exact: true }).fill(name)
  const row = page.getByRole('region', { name: 'Проверки' }).getByRole('listitem')
  await expect(row).toHaveCount(1)
  await expect(row).toContainText(hostile)
  await expect(row).toContainText('Все сотрудники')
  expect(await page.evaluate(() => 'hacked' in window)).toBe(false)
  // Who does not design looks, and is offered nothing else.
  await expect(page.getByRole('link', { name: 'Новая карта' })).toHaveCount(0)
  await row.getByRole('link').click()
  await expect(page.getByRole('heading', { level: 1 })).toContainText(hostile)
  await expect(page.getByRole('link', { name: 'Изменить' })).toHaveCount(0)
  await page.goto('/maps')
  await page.getByLabel('Поиск', { exact: true }).fill(unique('нет такой'))
  await expect(page.getByText('Ничего не найдено')).toBeVisible()
})

test('R38 a version of a map leads to the cases that go by it, and the library says whose a map is', async ({ as, api }) => {
  const manager = await api('manager')
  const made = await manager.post<Schema<'CaseWithTasks'>>('/deals', { map: 'free-sale', topic: unique('По версии'), source: 'Сайт', client: { name: unique('ООО Версия'), create_anyway: true } })
  const page = await as('director')
  await page.goto('/maps?q=free-sale')
  await expect(page.getByRole('listitem').filter({ hasText: /встроенная|изменённая/ })).toHaveCount(1)
  await page.goto('/maps/free-sale')
  const { version } = made.case.map ?? { version: 0 }
  await page.getByRole('link', { name: new RegExp(`^Версия ${version}: `) }).click()
  await expect(page).toHaveURL(new RegExp(`/cases\\?map=free-sale&version=${version}&status=open`))
  await expect(page.getByRole('combobox', { name: 'Версия маршрута' })).toHaveValue(`Версия ${version}`)
  await page.getByRole('textbox', { name: 'Поиск' }).fill(made.case.number)
  await expect(page.getByRole('row').filter({ hasText: made.case.number })).toBeVisible()
  await page.goto(`/cases?map=free-sale&version=${version + 1}&q=${made.case.number}`)
  await expect(page.getByText('Ничего не найдено')).toBeVisible()
  await accessible(page)
})

test('R38 a designer says who may choose a map, and a colleague’s change is not overwritten', async ({ as, api, refused }) => {
  refused(412)
  const admin = await api('admin')
  const id = newID()
  await admin.post('/route-maps', { source: mapOf(id, unique('Доступ')) })
  const page = await as('director')
  await page.goto(`/maps/${id}`)
  await page.getByRole('region', { name: 'Кто может выбрать' }).getByRole('button', { name: 'Изменить' }).click()
  const dialog = page.getByRole('dialog', { name: 'Кто может выбрать карту' })
  await dialog.getByRole('combobox', { name: 'Сотрудники' }).fill('manager')
  await dialog.getByLabel('Состояние').click()
  await page.getByRole('option', { name: 'В архиве' }).click()
  await admin.patch(`/route-maps/${id}`, { state: 'draft' })
  await dialog.getByRole('button', { name: 'Сохранить' }).click()
  await expect(dialog.getByRole('alert')).toContainText('Теперь там: Черновик')
  expect((await admin.get<Schema<'Map'>>(`/route-maps/${id}`)).state).toBe('draft')
  await dialog.getByRole('button', { name: 'Сохранить' }).click()
  await expect(dialog).toBeHidden()
  await expect.poll(async () => (await admin.get<Schema<'Map'>>(`/route-maps/${id}`)).state).toBe('archived')
  await expect(page.getByText('В архиве', { exact: true })).toBeVisible()
})

test('R53 a map shows its diagram, its versions and the cases that stand where', async ({ as, api }) => {
  const admin = await api('admin')
  const manager = await api('manager')
  const id = newID()
  const name = unique('Схема')
  await admin.post('/route-maps', { source: mapOf(id, name) })
  await manager.post('/deals', { map: id, topic: unique('На карте'), source: 'Сайт', client: { name: unique('ООО Схема'), create_anyway: true } })
  await admin.post('/route-maps', { source: mapOf(id, name, 'time_limit: 10 days') })
  const page = await as('manager')
  await page.goto(`/maps/${id}`)
  const stages = page.getByRole('list', { name: 'Этапы' })
  await expect(stages.getByRole('listitem')).toHaveCount(2)
  await expect(page.locator('[data-stage="talk"]')).toContainText('Разговор')
  await expect(page.locator('[data-stage="talk"]')).toContainText('Ответственный')
  // The newest version has no cases; the one before has one.
  const versions = page.getByRole('table', { name: 'Версии' })
  await expect(versions.getByRole('row', { name: /Версия 1 / })).toContainText('1')
  await versions.getByRole('button', { name: 'Версия 1' }).click()
  await expect(page.getByText('Показана версия 1, новейшая — 2')).toBeVisible()
  await expect(stages.getByRole('button', { name: /Разговор/ })).toContainText('1')
  // By keyboard: a stage says where its outcomes lead.
  await stages.getByRole('button', { name: /Разговор/ }).press('Enter')
  await expect(stages.getByText('Крупная: на этап «Одобрение»')).toBeVisible()
  await page.getByRole('radiogroup', { name: 'Что показать' }).getByText('Текст').click()
  await expect(page.getByRole('textbox', { name: /Текст карты/ })).toContainText('id: talk')
  await page.getByRole('link', { name: 'Карточки в работе' }).click()
  await expect(page).toHaveURL(new RegExp(`/cases\\?map=${id}`))
})

test('R53 a nested map is opened from the stage that it stands in', async ({ as, api }) => {
  const admin = await api('admin')
  const [outer, inner] = [newID(), newID()]
  const name = unique('Вложенная')
  await admin.post('/route-maps', { source: mapOf(inner, name) })
  await admin.post('/route-maps', {
    source: `id: ${outer}
process: deal
name: {en: Outer, ru: '${unique('Внешняя')}'}
group: {en: Tests, ru: Проверки}
stages:
  - id: part
    kind: route
    map: ${inner}
    name: {en: Part, ru: Часть}
    outcomes:
      - {id: done, case: positive, finish: positive}
      - {id: failed, case: negative, finish: negative}
`,
  })
  const page = await as('manager')
  await page.goto(`/maps/${outer}`)
  const drawn = page.locator('[data-stage="part"]').locator('a')
  await expect(drawn).toHaveText(name)
  await drawn.click()
  await expect(page).toHaveURL(new RegExp(`/maps/${inner}$`))
  await expect(page.locator('[data-stage="talk"]')).toBeVisible()
  await page.goBack()
  await page.getByRole('link', { name: 'Открыть вложенную карту: Часть' }).press('Enter')
  await expect(page).toHaveURL(new RegExp(`/maps/${inner}$`))
})

test('R53 what is wrong is marked as one types, and leads to its line', async ({ as, api }) => {
  const admin = await api('admin')
  const id = newID()
  await admin.post('/route-maps', { source: mapOf(id, unique('Ошибки')) })
  const page = await as('director')
  await page.goto(`/maps/${id}/edit`)
  const editor = page.getByRole('textbox', { name: 'Текст карты, YAML' })
  const check = page.getByRole('region', { name: 'Проверка карты' })
  await expect(check).toContainText('Ошибок нет')
  await expect(page.getByRole('button', { name: 'Опубликовать' })).toBeDisabled()
  await editor.click()
  await page.keyboard.press('ControlOrMeta+End')
  await page.keyboard.type('\nnonsense: 1')
  await expect(check).toContainText('1 ошибка')
  await expect(page.locator('.cm-lintRange-error')).toHaveCount(1)
  await expect(page.getByRole('button', { name: 'Опубликовать' })).toBeDisabled()
  await page.locator('.cm-content').evaluate((text) => text.blur())
  await check.getByRole('button').first().click()
  await expect(editor).toBeFocused()
  // What is written stays over a reload, until it is thrown away.
  await page.reload()
  await expect(editor).toContainText('nonsense')
  await expect(page.getByText(/Неопубликованные правки/)).toBeVisible()
  await page.getByRole('button', { name: 'Отбросить правки' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Отбросить правки' }).click()
  await expect(editor).not.toContainText('nonsense')
  await expect(check).toContainText('Ошибок нет')
})

test('R37 the editor offers the keys of the format at their place, and the names of what there is', async ({ as, api }) => {
  const id = newID()
  await (await api('admin')).post('/route-maps', { source: mapOf(id, unique('Подсказки')) })
  const page = await as('director')
  await page.goto(`/maps/${id}/edit`)
  const editor = page.getByRole('textbox', { name: 'Текст карты, YAML' })
  const offered = page.getByRole('listbox', { name: 'Что можно написать здесь' })
  await editor.click()
  await page.keyboard.press('ControlOrMeta+End')
  await page.keyboard.type('\nstat')
  await expect(offered.getByRole('option', { name: /^state/ })).toHaveAttribute('aria-selected', 'true')
  // A list that has just come takes no key for a moment, so that none is chosen by chance.
  await offered.getByRole('option', { name: /^state/ }).click()
  await expect(editor).toContainText('state:')
  await page.keyboard.press('Control+Space')
  await expect(offered.getByRole('option')).toHaveText(['active', 'archived', 'draft'])
  await accessible(page)
  await page.keyboard.press('Escape')
  await page.keyboard.type('draft\non_overdue:\n- {email: claim-s')
  await expect(offered.getByRole('option', { name: /^claim-/ }).first()).toBeVisible()
})

test('R15 R53 a designer publishes a version after seeing what it changes; who was quicker is noticed', async ({ as, api, refused }) => {
  refused(412)
  const admin = await api('admin')
  const id = newID()
  const name = unique('Версии')
  await admin.post('/route-maps', { source: mapOf(id, name) })
  const page = await as('director')
  await page.goto(`/maps/${id}/edit`)
  const editor = page.getByRole('textbox', { name: 'Текст карты, YAML' })
  await editor.click()
  await page.keyboard.press('ControlOrMeta+End')
  await page.keyboard.insertText('comment: {en: Checked, ru: Проверено}\n')
  await expect(page.getByRole('button', { name: 'Опубликовать' })).toBeEnabled()
  // A colleague publishes meanwhile.
  await admin.post('/route-maps', { source: mapOf(id, name, 'time_limit: 10 days') })
  await page.getByRole('button', { name: 'Опубликовать' }).click()
  const dialog = page.getByRole('dialog', { name: /Опубликовать версию/ })
  await expect(dialog.getByRole('region', { name: 'Что изменится в тексте' })).toContainText('+ comment: {en: Checked, ru: Проверено}')
  await dialog.getByRole('button', { name: 'Опубликовать' }).click()
  await expect(dialog.getByRole('alert')).toContainText('кто-то опубликовал другую версию')
  await dialog.getByRole('button', { name: 'Отмена' }).click()
  await expect(page.getByText('Вышла версия 2')).toBeVisible()
  await page.getByRole('button', { name: 'Продолжить со своим текстом' }).click()
  await page.getByRole('button', { name: 'Опубликовать' }).click()
  await expect(page.getByRole('dialog').getByRole('region', { name: 'Что изменится в тексте' })).toContainText('− time_limit: 10 days')
  await page.getByRole('dialog').getByRole('button', { name: 'Опубликовать' }).click()
  await expect(page.getByText('Опубликована версия 3')).toBeVisible()
  await expect(page).toHaveURL(new RegExp(`/maps/${id}$`))
  await expect(page.getByText('Проверено')).toBeVisible()
})

test('R53 a new map begins with an example, and says when nothing has changed', async ({ as }) => {
  const page = await as('admin', { lang: 'en' })
  const id = newID()
  await page.goto('/maps/new')
  const editor = page.getByRole('textbox', { name: 'Text of the map, YAML' })
  await expect(page.getByRole('region', { name: 'Check of the map' })).toContainText('No errors')
  await editor.click()
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.press('Delete')
  await page.keyboard.insertText(mapOf(id, unique('New')))
  await page.getByRole('button', { name: 'Publish' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Publish' }).click()
  await expect(page).toHaveURL(new RegExp(`/maps/${id}$`))
  await page.getByRole('link', { name: 'Edit' }).click()
  await editor.click()
  await page.keyboard.press('ControlOrMeta+End')
  await page.keyboard.insertText('# only a comment\n')
  await page.getByRole('button', { name: 'Publish' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Publish' }).click()
  await expect(page.getByText('Nothing has really changed: it stays version 1')).toBeVisible()
})

test('R53 a dry run moves a case along the map and tells what would go out', async ({ as, api }) => {
  const admin = await api('admin')
  const id = newID()
  await admin.post('/route-maps', { source: mapOf(id, unique('Прогон'), 'on_overdue: [{email: overdue, to: performer}]') })
  const before = await admin.get<Schema<'CaseItemList'>>(`/cases?map=${id}`)
  const page = await as('director')
  await page.goto(`/maps/${id}`)
  await page.getByRole('link', { name: 'Прогон' }).click()
  await page.getByRole('button', { name: 'Начать прогон' }).click()
  const task = page.getByRole('region', { name: 'Задача: Разговор' })
  const story = page.getByRole('region', { name: 'Что произошло и что ушло бы' })
  await expect(story).toContainText('Письмо «order-placed»: клиент')
  await expect(page.locator('[data-stage="talk"]')).toHaveAttribute('data-state', 'current')
  // What its condition does not allow cannot be chosen.
  await expect(task.getByRole('button', { name: 'Крупная' })).toBeDisabled()
  await page.getByRole('button', { name: /До ближайшего срока/ }).click()
  await expect(story).toContainText('Просрочено: Разговор')
  await expect(story).toContainText('Письмо «overdue»: исполнитель')
  await page.getByText('Поля карточки').click()
  await page.getByLabel('Объём').fill('20')
  await page.getByRole('button', { name: 'Изменить поля' }).click()
  await task.getByRole('button', { name: 'Крупная' }).click()
  await expect(page.locator('[data-stage="approval"]')).toHaveAttribute('data-state', 'current')
  await expect(page.locator('[data-stage="talk"]')).toHaveAttribute('data-state', 'done')
  await page.getByRole('button', { name: 'Шаг назад' }).click()
  await expect(page.locator('[data-stage="talk"]')).toHaveAttribute('data-state', 'current')
  // A form may be left empty.
  await task.getByRole('button', { name: 'Ещё раз' }).click()
  await task.getByRole('button', { name: 'Завершить: Ещё раз' }).click()
  await expect(story).toContainText('Задача «Разговор» заново')
  await task.getByRole('button', { name: 'Согласовано' }).click()
  await expect(page.getByText('Карточка закрыта успешно.')).toBeVisible()
  await page.getByRole('button', { name: 'Сначала' }).click()
  await expect(page.getByRole('button', { name: 'Начать прогон' })).toBeVisible()
  // Nothing was kept.
  expect(await admin.get<Schema<'CaseItemList'>>(`/cases?map=${id}`)).toEqual(before)
})

/** testsOf are tests of a map of mapOf: a case begins on a stage. */
const testsOf = (id: string, stage = 'talk', more = ''): string => `map: ${id}
calendar: ru
tests:
  - name: a case begins${more}
    start: {at: 2026-03-02T10:00:00+03:00, expect: {stage: ${stage}}}
`

/** rewrite puts a text in the place of what an editor has. */
async function rewrite(page: Page, editor: Locator, text: string): Promise<void> {
  await editor.click()
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.press('Delete')
  await page.keyboard.insertText(text)
}

/** lastLine writes below what an editor has. */
async function lastLine(page: Page, editor: Locator, text: string): Promise<void> {
  await editor.click()
  await page.keyboard.press('ControlOrMeta+End')
  await page.keyboard.insertText(text)
}

const none = { 'If-Match': '"0"' }
const storedTests = (api: Api, id: string) => api.get<Schema<'MapTests'>>(`/route-maps/${id}/tests`)

test('R37 R53 a shipped map shows its tests and passes them, and a failing test says where', async ({ as }) => {
  const page = await as('admin', { lang: 'en' })
  await page.goto('/maps/appeal/edit?tab=tests')
  const tests = page.getByRole('textbox', { name: 'Tests of the map, YAML' })
  await expect(tests).toContainText('a request is accepted, handed over and resolved')
  await expect(page.getByText('These tests come with the program.')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Save the tests' })).toBeDisabled()
  await page.getByRole('button', { name: 'Run the tests' }).click()
  await expect(page.getByRole('region', { name: 'Results of the tests' })).toContainText('9 passed · 0 failed')
  await rewrite(page, tests, testsOf('appeal', 'processing'))
  await page.getByRole('button', { name: 'Run the tests' }).click()
  await expect(page.getByRole('region', { name: 'Results of the tests' })).toContainText('0 passed · 1 failed')
  await expect(page.getByRole('region', { name: 'Results of the tests' })).toContainText('Line 5: stage: expected processing, got classification')
})

test('R53 the tests that one designer saves another sees, and neither writes over the other’s', async ({ as, api, refused }) => {
  refused(412)
  const admin = await api('admin')
  const id = newID()
  await admin.post('/route-maps', { source: mapOf(id, unique('Тесты')) })
  const page = await as('director')
  await page.goto(`/maps/${id}/edit?tab=tests`)
  const tests = page.getByRole('textbox', { name: 'Тесты карты, YAML' })
  await expect(page.getByText('У карты ещё нет тестов.')).toBeVisible()
  await rewrite(page, tests, testsOf(id))
  await expect(page.getByText('Есть несохранённые правки')).toBeVisible()
  await page.keyboard.press('ControlOrMeta+s')
  await expect(page.getByText('Тесты сохранены')).toBeVisible()
  await expect(page.getByText('Есть несохранённые правки')).toHaveCount(0)
  const colleague = await as('admin', { lang: 'en' })
  await colleague.goto(`/maps/${id}/edit?tab=tests`)
  await expect(colleague.getByText(/Last change: .+, /)).toBeVisible()
  const theirs = colleague.getByRole('textbox', { name: 'Tests of the map, YAML' })
  await expect(theirs).toContainText('name: a case begins')
  // What is saved shows at the other's at once, but not in the place of what he is writing.
  await lastLine(page, tests, '# my own\n')
  await lastLine(colleague, theirs, '# of a colleague\n')
  await colleague.getByRole('button', { name: 'Save the tests' }).click()
  await expect(colleague.getByText('The tests are saved')).toBeVisible()
  const difference = page.getByRole('region', { name: 'Чем ваши тесты отличаются от сохранённых' })
  await expect(difference).toContainText('− # of a colleague')
  await expect(difference).toContainText('+ # my own')
  await expect(tests).toContainText('# my own')
  await accessible(page)
  expect((await storedTests(admin, id)).source).toContain('# of a colleague')
  await page.getByRole('button', { name: 'Продолжить со своими' }).click()
  await page.getByRole('button', { name: 'Сохранить тесты' }).click()
  await expect.poll(async () => (await storedTests(admin, id)).source).toBe(`${testsOf(id)}# my own\n`)
})

test('R53 tests that are not saved stay over a reload, and so do those that lay in the browser only', async ({ as, api }) => {
  const admin = await api('admin')
  const id = newID()
  await admin.post('/route-maps', { source: mapOf(id, unique('Правки')) })
  await admin.put(`/route-maps/${id}/tests`, { source: testsOf(id) }, none)
  const user = await admin.userID('director')
  const page = await as('director')
  await page.goto(`/maps/${id}/edit?tab=tests`)
  const tests = page.getByRole('textbox', { name: 'Тесты карты, YAML' })
  await lastLine(page, tests, '# not saved\n')
  await expect(page.getByText('Есть несохранённые правки')).toBeVisible()
  await page.reload()
  await expect(tests).toContainText('# not saved')
  await page.getByRole('button', { name: 'Отменить правки' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Отменить правки' }).click()
  await expect(tests).not.toContainText('# not saved')
  // As a page of before left them: the text alone.
  await page.evaluate(([key, text]) => localStorage.setItem(key ?? '', text ?? ''), [`marshrut.map.tests.${user}.${id}`, `${testsOf(id)}# of before\n`])
  await page.reload()
  await expect(tests).toContainText('# of before')
  await expect(page.getByRole('alert')).toContainText('В этом браузере остались прежние тесты')
  await page.getByRole('button', { name: 'Взять сохранённые' }).click()
  await expect(tests).not.toContainText('# of before')
  await page.reload()
  await expect(tests).toContainText('a case begins')
  await expect(page.getByRole('button', { name: 'Отменить правки' })).toHaveCount(0)
})

test('R53 what is written while tests are being saved is saved too, and a text that has been read cannot be undone', async ({ as, api }) => {
  const admin = await api('admin')
  const id = newID()
  await admin.post('/route-maps', { source: mapOf(id, unique('Запись')) })
  await admin.put(`/route-maps/${id}/tests`, { source: testsOf(id) }, none)
  const page = await as('director')
  await page.goto(`/maps/${id}/edit?tab=tests`)
  const tests = page.getByRole('textbox', { name: 'Тесты карты, YAML' })
  let goOn: () => void = () => undefined
  const held = new Promise<void>((done) => (goOn = done))
  await page.route(`**/route-maps/${id}/tests`, async (route) => {
    if (route.request().method() === 'PUT') await held
    await route.continue()
  })
  await lastLine(page, tests, '# one\n')
  await page.keyboard.press('ControlOrMeta+s')
  await page.getByRole('tab', { name: 'Прогон' }).click()
  await page.getByRole('tab', { name: 'Тесты' }).click()
  await lastLine(page, tests, '# two\n')
  await page.keyboard.press('ControlOrMeta+s')
  goOn()
  await expect.poll(async () => (await storedTests(admin, id)).source).toBe(`${testsOf(id)}# one\n# two\n`)
  await expect(page.getByText('Есть несохранённые правки')).toHaveCount(0)
  await page.reload()
  await expect(tests).toContainText('# two')
  await tests.focus()
  await page.keyboard.press('ControlOrMeta+z')
  await expect(tests).toContainText('# two')
  await expect(page.getByText('Есть несохранённые правки')).toHaveCount(0)
})

test('R53 who writes the map’s text and presses to save does not save its tests', async ({ as, api }) => {
  const admin = await api('admin')
  const id = newID()
  await admin.post('/route-maps', { source: mapOf(id, unique('Клавиша')) })
  const page = await as('director')
  await page.goto(`/maps/${id}/edit?tab=tests`)
  await expect(page.getByRole('textbox', { name: 'Тесты карты, YAML' })).toContainText('a case begins')
  await lastLine(page, page.getByRole('textbox', { name: 'Текст карты, YAML' }), 'comment: {en: Saved, ru: Сохранено}\n')
  await page.keyboard.press('ControlOrMeta+s')
  await expect(page.getByText(/Черновик сохраняется автоматически/)).toBeVisible()
  expect((await storedTests(admin, id)).origin).toBe('none')
})

test('R53 a key pressed at once after saving does not lose what comes next', async ({ as, api }) => {
  const admin = await api('admin')
  const id = newID()
  await admin.post('/route-maps', { source: mapOf(id, unique('Сразу')) })
  await admin.put(`/route-maps/${id}/tests`, { source: testsOf(id) }, none)
  const page = await as('director')
  await page.goto(`/maps/${id}/edit?tab=tests`)
  const tests = page.getByRole('textbox', { name: 'Тесты карты, YAML' })
  let goOn: () => void = () => undefined
  const held = new Promise<void>((done) => (goOn = done))
  await page.route(`**/route-maps/${id}/tests`, async (route) => {
    if (route.request().method() === 'PUT') await held
    await route.continue()
  })
  await lastLine(page, tests, '# one\n')
  // Both within one turn of the page, before it can have drawn that it saves.
  await tests.evaluate((editor) => {
    editor.dispatchEvent(new KeyboardEvent('keydown', { code: 'KeyS', key: 's', ctrlKey: true, bubbles: true, cancelable: true }))
    document.execCommand('insertText', false, '# two')
  })
  await page.keyboard.press('ControlOrMeta+s')
  goOn()
  await expect.poll(async () => (await storedTests(admin, id)).source).toContain('# two')
  await expect(page.getByText('Есть несохранённые правки')).toHaveCount(0)
})

test('R37 R53 a company goes back to the shipped tests', async ({ as, api }) => {
  const admin = await api('admin')
  const shipped = await storedTests(admin, 'new-clients')
  await admin.put('/route-maps/new-clients/tests', { source: `${shipped.source}# of the company\n` }, { 'If-Match': '*' })
  const page = await as('director')
  await page.goto('/maps/new-clients/edit?tab=tests')
  await expect(page.getByText(/Последнее изменение: .+/)).toBeVisible()
  await page.getByRole('button', { name: 'Вернуть тесты из поставки' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Вернуть тесты из поставки' }).click()
  await expect(page.getByText('Возвращены тесты из поставки')).toBeVisible()
  await expect(page.getByText('Тесты из поставки.')).toBeVisible()
  expect((await storedTests(admin, 'new-clients')).source).toBe(shipped.source)
})

test('R15 R53 publishing tells which tests of the map fail, and does not forbid it', async ({ as, api }) => {
  const admin = await api('admin')
  const id = newID()
  await admin.post('/route-maps', { source: mapOf(id, unique('Проверка')) })
  await admin.put(`/route-maps/${id}/tests`, { source: testsOf(id, 'approval', ' where it does not') }, none)
  const page = await as('director')
  await page.goto(`/maps/${id}/edit`)
  await lastLine(page, page.getByRole('textbox', { name: 'Текст карты, YAML' }), 'comment: {en: Checked, ru: Проверено}\n')
  await page.getByRole('button', { name: 'Опубликовать' }).click()
  const dialog = page.getByRole('dialog', { name: /Опубликовать версию/ })
  await expect(dialog.getByRole('region', { name: 'Тесты карты' }).getByRole('alert')).toContainText('Не пройден 1 тест')
  await expect(dialog.getByRole('alert')).toContainText('a case begins where it does not: stage: expected approval, got talk')
  await accessible(page)
  await dialog.getByRole('button', { name: 'Опубликовать всё равно' }).click()
  await expect(page.getByText('Опубликована версия 2')).toBeVisible()
})

test('R53 the tests of a new map are saved when it is published', async ({ as, api }) => {
  const page = await as('director')
  const id = newID()
  await page.goto('/maps/new?tab=tests')
  await rewrite(page, page.getByRole('textbox', { name: 'Текст карты, YAML' }), mapOf(id, unique('Новая')))
  await rewrite(page, page.getByRole('textbox', { name: 'Тесты карты, YAML' }), testsOf(id))
  await page.getByRole('button', { name: 'Опубликовать' }).click()
  const dialog = page.getByRole('dialog', { name: /Опубликовать/ })
  await expect(dialog.getByText('1 тест пройден')).toBeVisible()
  await dialog.getByRole('button', { name: 'Опубликовать' }).click()
  await expect(page).toHaveURL(new RegExp(`/maps/${id}$`))
  expect((await storedTests(await api('admin'), id)).source).toBe(testsOf(id))
  await page.goto('/maps/new?tab=tests')
  await expect(page.getByRole('textbox', { name: 'Тесты карты, YAML' })).not.toContainText(id)
})

test('R53 the tests of a new map that turns out to be one of ours wait at that map, and never over what waits there', async ({ as, api }) => {
  const admin = await api('admin')
  const id = newID()
  const name = unique('Уже есть')
  await admin.post('/route-maps', { source: mapOf(id, name) })
  await admin.put(`/route-maps/${id}/tests`, { source: testsOf(id) }, none)
  const page = await as('director')
  const tests = page.getByRole('textbox', { name: 'Тесты карты, YAML' })
  const publish = async (more: string) => {
    await page.goto('/maps/new?tab=tests')
    await rewrite(page, page.getByRole('textbox', { name: 'Текст карты, YAML' }), `${mapOf(id, name)}comment: {en: ${more}, ru: ${more}}\n`)
    await rewrite(page, tests, `${testsOf(id)}# ${more}\n`)
    await page.getByRole('button', { name: 'Опубликовать' }).click()
    await page.getByRole('dialog', { name: /Опубликовать/ }).getByRole('button', { name: 'Опубликовать' }).click()
    await expect(page).toHaveURL(new RegExp(`/maps/${id}$`))
  }
  await publish('first')
  await expect(page.getByText('Карта опубликована, а тесты не сохранены')).toBeVisible()
  await expect(page.getByText(/откройте вкладку «Тесты» этой карты/)).toBeVisible()
  await page.goto(`/maps/${id}/edit?tab=tests`)
  await expect(tests).toContainText('# first')
  expect((await storedTests(admin, id)).source).toBe(testsOf(id))
  await publish('second')
  await expect(page.getByText(/поэтому эти остались в этом браузере/)).toBeVisible()
  await page.goto(`/maps/${id}/edit?tab=tests`)
  await expect(tests).toContainText('# first')
  await page.goto('/maps/new?tab=tests')
  await expect(tests).toContainText('# second')
})

test('R53 the tests that a map could begin with are saved as they are, and what one has emptied stays empty', async ({ as, api }) => {
  const admin = await api('admin')
  const id = newID()
  await admin.post('/route-maps', { source: mapOf(id, unique('Без тестов')) })
  const page = await as('director')
  await page.goto(`/maps/${id}/edit?tab=tests`)
  const tests = page.getByRole('textbox', { name: 'Тесты карты, YAML' })
  await expect(tests).toContainText('a case begins')
  await tests.focus()
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.press('Delete')
  await expect(page.getByRole('button', { name: 'Сохранить тесты' })).toBeDisabled()
  await page.reload()
  await expect(page.getByRole('button', { name: 'Сохранить тесты' })).toBeDisabled()
  await expect(tests).not.toContainText('a case begins')
  await page.getByRole('button', { name: 'Начать с примера' }).click()
  await expect(tests).toContainText('a case begins')
  await page.getByRole('button', { name: 'Сохранить тесты' }).click()
  await expect(page.getByText('Тесты сохранены')).toBeVisible()
  expect((await storedTests(admin, id)).source).toContain('a case begins')
})

for (const scheme of ['light', 'dark'] as const) {
  test(`R38 R53 the pages of maps can be used by everybody, ${scheme}`, async ({ as }) => {
    test.slow() // axe looks at six pages
    const page = await as('admin', { lang: 'en', scheme })
    for (const place of ['/maps', '/maps/appeal', '/maps/appeal?view=text', '/maps/appeal/edit', '/maps/appeal/edit?tab=run', '/maps/appeal/edit?tab=tests']) {
      await page.goto(place)
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
      if (place.includes('run')) {
        await page.getByRole('button', { name: 'Begin the dry run' }).click()
        await expect(page.getByRole('region', { name: 'What happened, and what would go out' })).toBeVisible()
      }
      if (place.includes('edit') || place.includes('text')) await expect(page.locator('.cm-content').first()).toBeVisible()
      await expect(page.getByRole('status', { name: 'Loading' })).toHaveCount(0)
      await accessible(page)
    }
  })
}

test('R53 the pages of maps can be read on a phone', async ({ as }) => {
  const page = await as('manager', { phone: true })
  for (const place of ['/maps', '/maps/typical-sale']) {
    await page.goto(place)
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    await expect(page.getByRole('status', { name: 'Загрузка…' })).toHaveCount(0)
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true)
    await accessible(page)
  }
})

test('R53 a map that is not there is said to be missing, and nobody but designers edits', async ({ as, refused }) => {
  refused(404)
  const page = await as('manager')
  await page.goto('/maps/no-such-map')
  await expect(page.getByText('Здесь ничего нет')).toBeVisible()
  await page.goto('/maps/appeal/edit')
  await expect(page.getByText('Здесь ничего нет')).toBeVisible()
})
