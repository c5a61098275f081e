import { accessible, expect, test, unique, type Api, type Schema } from './rig/test'

const hostile = '<img src=x onerror="window.hacked=1"><script>parent.hacked=1</script>'

const newKey = () => unique('test').toLowerCase().replaceAll(' ', '-')

/** written is a company's own template, stored. */
async function written(api: Api, text: Partial<Schema<'TemplateBody'>> = {}): Promise<string> {
  const key = newKey()
  await api.put(`/templates/${key}`, { lang: 'ru', channel: 'email', subject: 'Первая тема', text: 'Первый текст', ...text }, { 'If-None-Match': '*' })
  return key
}

test('R39 a template is found, its text is written with a live preview and what is put in at the cursor, stored and taken back', async ({ as, api, refused }) => {
  refused(404)
  const director = await api('director')
  const key = await written(director)
  const page = await as('director')
  await page.goto('/templates')
  await page.getByRole('textbox', { name: 'Поиск по названию и тексту' }).fill(key)
  await page.getByRole('link', { name: new RegExp(key) }).click()
  await page.getByRole('textbox', { name: 'Тема' }).fill('Обращение  принято')
  // Into the middle of it, where the cursor is.
  await page.getByRole('textbox', { name: 'Тема' }).evaluate((input: HTMLInputElement) => input.setSelectionRange(10, 10))
  await page.getByRole('button', { name: /номер карточки/ }).click()
  await expect(page.getByRole('textbox', { name: 'Тема' })).toHaveValue('Обращение {{.Number}} принято')
  await expect(page.getByRole('region', { name: 'Как получится' }).getByText(/Обращение [A-ZА-Я]+-\d+ принято/)).toBeVisible()
  await expect(page.getByRole('status').filter({ hasText: 'несохранённые' })).toBeVisible()
  await page.getByRole('button', { name: 'Сохранить', exact: true }).click()
  await expect(page.getByText('Версия 2')).toBeVisible()

  await page.getByRole('button', { name: 'Удалить текст' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Удалить текст' }).click()
  await expect(page.getByText('На этом языке текста ещё нет')).toBeVisible()
})

test('R39 what is wrong with a text is told beside it with its line, and nothing is stored', async ({ as, api, refused }) => {
  refused(422)
  const key = await written(await api('director'))
  const page = await as('director')
  await page.goto(`/templates/${key}`)
  const text = page.getByRole('textbox', { name: 'Текст письма' })
  await text.fill('Здравствуйте!\n{{.Nomer}}')
  await expect(text).toHaveAttribute('aria-invalid', 'true')
  await expect(page.getByText(/^2: .*Nomer/)).toBeVisible()
  await page.getByRole('button', { name: 'Сохранить', exact: true }).click()
  await expect(page.getByText('Версия 2')).toHaveCount(0)
  await page.reload()
  await expect(text).toHaveValue('Здравствуйте!\n{{.Nomer}}')
  // Nothing that was right has been shown yet, and none is spoken of.
  await expect(page.getByText('Исправьте её, и здесь появится письмо')).toBeVisible()
  await page.getByRole('button', { name: 'Отменить правки' }).click()
  await expect(text).toHaveValue('Первый текст')
})

test('R39 a shipped text is changed by the company and comes back', async ({ as, api }) => {
  const director = await api('director')
  const page = await as('admin', { lang: 'en' })
  await page.goto('/templates/payment-received')
  await page.getByText('Russian', { exact: true }).click()
  const subject = page.getByRole('textbox', { name: 'Subject' })
  const shipped = await subject.inputValue()
  const mine = unique('Получили')
  await subject.fill(mine)
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(page.getByText('Changed by the company')).toBeVisible()
  await page.getByRole('button', { name: 'Return to the shipped text' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Return to the shipped text' }).click()
  await expect(subject).toHaveValue(shipped)
  const texts = await director.get<Schema<'TemplateList'>>('/templates/payment-received')
  expect(texts.items?.find((one) => one.lang === 'ru')?.origin).toBe('shipped')
})

test('R39 two write the same text: what the other has stored is shown, and one of them chosen', async ({ as, api, refused }) => {
  refused(412)
  const director = await api('director')
  const key = await written(director)
  const page = await as('director')
  await page.goto(`/templates/${key}`)
  const text = page.getByRole('textbox', { name: 'Текст письма' })
  await text.fill('Мой текст')
  await director.put(`/templates/${key}`, { lang: 'ru', channel: 'email', subject: 'Первая тема', text: 'Чужой текст' }, { 'If-Match': '"1"' })
  await page.getByRole('button', { name: 'Сохранить', exact: true }).click()
  await expect(page.getByRole('alert').getByText('Чужой текст')).toBeVisible()
  await page.getByRole('button', { name: 'Сохранить мой поверх' }).click()
  await expect(page.getByText('Версия 3')).toBeVisible()
  await expect(text).toHaveValue('Мой текст')
})

test('R39 a letter is previewed with the values of a case, where nothing of it can run', async ({ as, api }) => {
  const director = await api('director')
  const made = await director.post<Schema<'CaseWithTasks'>>('/appeals', { topic: `${unique('Тема')} ${hostile}`, source: 'Сайт', client: { name: unique('ООО Письмо'), create_anyway: true } })
  const key = await written(director, { html: '<h1 style="color: rgb(1, 2, 3)">{{.Topic}}</h1>' })
  const page = await as('director')
  await page.goto(`/templates/${key}`)
  await page.getByRole('combobox', { name: 'Карточка для примера' }).fill(made.case.number)
  // What was found before the words were typed is there already, and cannot be chosen until they have been looked for.
  await page.getByRole('option', { name: new RegExp(made.case.number) }).and(page.locator(':not([data-combobox-disabled])')).click()
  const letter = page.frameLocator('iframe[title="Письмо"]')
  await expect(letter.getByRole('heading')).toHaveText(made.case.topic)
  await expect(letter.getByRole('heading')).toHaveCSS('color', 'rgb(1, 2, 3)')
  await expect(page.locator('iframe[title="Письмо"]')).toHaveAttribute('sandbox', '')
  expect(await page.evaluate(() => 'hacked' in window)).toBe(false)
})

test('R39 an SMS tells its length and how many are sent; a new template is begun in the library', async ({ as, refused }) => {
  refused(404)
  const page = await as('director')
  await page.goto('/templates')
  await page.getByRole('button', { name: 'Новый шаблон' }).click()
  const dialog = page.getByRole('dialog', { name: 'Новый шаблон' })
  await dialog.getByRole('textbox', { name: 'Ключ' }).fill('Не ключ')
  await dialog.getByRole('button', { name: 'Написать текст' }).click()
  await expect(dialog.getByRole('textbox', { name: 'Ключ' })).toHaveAttribute('aria-invalid', 'true')
  const key = newKey()
  await dialog.getByRole('textbox', { name: 'Ключ' }).fill(key)
  await dialog.getByText('SMS', { exact: true }).click()
  await dialog.getByRole('button', { name: 'Написать текст' }).click()
  await page.getByRole('textbox', { name: 'Текст SMS' }).fill('ж'.repeat(80))
  await expect(page.getByText('80 символов')).toBeVisible()
  await expect(page.getByText('Уйдёт как 2 SMS')).toBeVisible()
  await page.getByRole('button', { name: 'Сохранить', exact: true }).click()
  await expect(page.getByText('Версия 1')).toBeVisible()
})

test('R39 who does not design reads the texts; the place is not in his navigation', async ({ as, refused }) => {
  refused(404)
  const page = await as('manager')
  await page.goto('/templates/appeal-accepted')
  await expect(page.getByRole('textbox', { name: 'Тема' })).toHaveAttribute('readonly', '')
  await expect(page.getByRole('button', { name: 'Сохранить', exact: true })).toHaveCount(0)
  await expect(page.getByRole('link', { name: 'Шаблоны', exact: true })).toHaveCount(0)
  await page.goto('/templates/not-there')
  await expect(page.getByRole('alert')).toBeVisible()
})

for (const scheme of ['light', 'dark'] as const) {
  test(`axe finds nothing on templates, ${scheme}, and they fit a telephone`, async ({ as, api }) => {
    const key = await written(await api('director'), { html: '<p>Текст</p>' })
    const page = await as('director', { scheme, phone: scheme === 'dark' })
    await page.goto('/templates')
    await expect(page.getByRole('list', { name: 'Письма сотрудникам' })).toBeVisible()
    await accessible(page)
    await page.goto(`/templates/${key}`)
    await expect(page.locator('iframe')).toBeVisible()
    await accessible(page)
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true)
  })
}
