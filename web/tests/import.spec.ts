import { accessible, choose, expect, test, unique, type Schema } from './rig/test'

// Not the text of the other tests' clients: names that are alike are possible duplicates.
const hostile = '<svg onload="hacked=1">'

const csv = (rows: string[][]) => Buffer.from(rows.map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(';')).join('\r\n'), 'utf-8')

test('R44 R45 a table of clients is mapped, looked over row by row, imported, and its rows lead to the cards', async ({ as, api }) => {
  const manager = await api('manager')
  const there = await manager.post<Schema<'Client'>>('/clients', { kind: 'company', name: unique('ООО Уже есть'), lang: 'ru', status: 'potential', create_anyway: true, details: [{ kind: 'email', value: `${unique('there').replaceAll(' ', '')}@example.org` }] })
  const good = `${unique('Кварцит')} ${hostile}`
  const page = await as('manager')
  await page.goto('/clients')
  await page.getByRole('link', { name: 'Импорт' }).click()
  const file = `${unique('клиенты')}.csv`
  await page.locator('input[type=file]').setInputFiles({
    name: file, mimeType: 'text/csv',
    buffer: csv([['Название', 'Почта', 'ИНН', 'Пометка'], [good, `${unique('new').replaceAll(' ', '')}@example.org`, '', 'x'], [unique('ООО Ошибка'), 'не почта', '123', 'y'], [there.name, there.details?.[0]?.value ?? '', '', ''], [good.toUpperCase(), '', '', 'z']]),
  })
  await expect(page.getByRole('heading', { level: 1, name: file })).toBeVisible()

  const preview = page.getByRole('region', { name: 'Проверка строк' })
  await expect(preview.getByRole('row', { name: /ООО Ошибка/ })).toContainText('есть ошибки')
  await expect(preview.getByRole('row', { name: /ООО Уже есть/ })).toContainText('Возможно, это')
  await expect(preview.getByText('Повторяет строку 1')).toHaveCount(1)
  const inn = page.getByRole('combobox', { name: 'Куда идёт столбец «ИНН»' })
  await expect(inn).toHaveValue('ИНН')
  const mail = page.getByRole('combobox', { name: 'Куда идёт столбец «Почта»' })
  await expect(mail).toHaveValue('E-mail')
  await choose(mail, 'рассылок', page.getByRole('option', { name: 'E-mail для рассылок', exact: true }))
  await expect(mail).toHaveValue('E-mail для рассылок')
  await expect(page.getByText('Сохраняем…')).toHaveCount(0)
  expect(await page.evaluate(() => 'hacked' in window)).toBe(false)

  await page.getByRole('button', { name: 'Загрузить', exact: true }).click()
  await expect(page.getByText('Загрузка закончена')).toBeVisible({ timeout: 30_000 })
  await expect(page.getByText('заведена 1, пропущено 2 как повторы, не загружена 1')).toBeVisible()
  const result = page.getByRole('region', { name: 'Что стало со строками' })
  await result.getByText('заведена', { exact: true }).first().click()
  await result.getByRole('link', { name: 'Открыть карточку' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(good)
  await page.goto('/import?of=client')
  await expect(page.getByRole('row', { name: new RegExp(file) })).toContainText('закончена')
})

test('a table that cannot be read says why, and a mapping that cannot be is not run', async ({ as, refused }) => {
  refused(422)
  const page = await as('manager2', { lang: 'en' })
  await page.goto('/import?of=contact')
  const input = page.locator('input[type=file]')
  await input.setInputFiles({ name: 'empty.csv', mimeType: 'text/csv', buffer: csv([['Name', 'Client']]) })
  await expect(page.getByRole('alert')).toContainText('at least one row')
  await input.setInputFiles({ name: 'large.csv', mimeType: 'text/csv', buffer: Buffer.alloc(11 * 1024 * 1024, 'a') })
  await expect(page.getByRole('alert')).toContainText('larger than 10 MB')
  await input.setInputFiles({ name: `${unique('people')}.csv`, mimeType: 'text/csv', buffer: csv([['Name', 'Client'], ['Ann', unique('nobody')]]) })
  const name = page.getByRole('combobox', { name: 'Where the column “Name” goes' })
  await expect(name).toHaveValue('Name')
  await name.click()
  await page.getByRole('option', { name: 'nowhere', exact: true }).click()
  await expect(page.getByRole('button', { name: 'Import', exact: true })).toBeDisabled()
  await name.click()
  await page.getByRole('option', { name: 'Name', exact: true }).click()
  await expect(page.getByRole('button', { name: 'Import', exact: true })).toBeEnabled()
  await expect(page.getByRole('region', { name: 'The rows checked' }).getByRole('row', { name: /Ann/ })).toContainText('has errors')
})

test('an import is watched as it goes, stopped, and run on', async ({ as }) => {
  const page = await as('manager')
  await page.goto('/import?of=client')
  const rows = Array.from({ length: 1500 }, (_, i) => [unique(`Строка ${i}`)])
  await page.locator('input[type=file]').setInputFiles({ name: `${unique('много')}.csv`, mimeType: 'text/csv', buffer: csv([['Название'], ...rows]) })
  await page.getByText('Всё равно завести ещё одну').click()
  await page.getByRole('button', { name: 'Загрузить', exact: true }).click()
  await expect(page.getByRole('progressbar', { name: 'Ход загрузки' })).toBeVisible()
  await page.getByRole('button', { name: 'Остановить' }).click()
  await expect(page.getByText(/Остановлено: готово \d+ из 1500/)).toBeVisible()
  await page.getByRole('button', { name: 'Продолжить' }).click()
  await expect(page.getByRole('progressbar', { name: 'Ход загрузки' })).toBeVisible()
  await page.getByRole('button', { name: 'Остановить' }).click()
  await expect(page.getByText(/Остановлено/)).toBeVisible()
})

for (const scheme of ['light', 'dark'] as const) {
  test(`axe finds nothing on imports, ${scheme}`, async ({ as }) => {
    const page = await as('manager', { scheme })
    await page.goto('/import?of=contact')
    await expect(page.getByRole('button', { name: 'Выбрать файл' })).toBeVisible()
    await accessible(page)
    await page.locator('input[type=file]').setInputFiles({ name: `${unique('контакты')}.csv`, mimeType: 'text/csv', buffer: csv([['Имя', 'Клиент', 'Дата рождения'], ['Анна', unique('никто'), 'вчера']]) })
    await expect(page.getByRole('region', { name: 'Проверка строк' }).getByRole('row', { name: /Анна/ })).toBeVisible()
    await accessible(page)
  })
}
