import { randomUUID } from 'node:crypto'

import type { Page } from '@playwright/test'

import { accessible, expect, test, unique, type Schema } from './rig/test'

const hostile = '<img src=x onerror="window.hacked=1">'

const address = (): string => `box-${randomUUID().slice(0, 8)}@firm.example`

/** letters is what the mail server of the tests has taken from a sender. */
async function letters(page: Page, sender: string): Promise<{ from: string; to: string; subject: string }[]> {
  const answer = await page.request.get(`${process.env.MARSHRUT_MAILBOX ?? ''}/mail/api/messages?to=admin@demo.example`)
  const all = (await answer.json()) as { items: { sender: string; from: string; to: string; subject: string }[] }
  return all.items.filter((letter) => letter.sender === sender)
}

for (const scheme of ['light', 'dark'] as const) {
  test(`a mailbox is added, tried with a letter, changed and deleted (${scheme})`, async ({ as, api, refused }) => {
    refused(422)
    const admin = await api('admin')
    const key = `mail-${randomUUID().slice(0, 8)}`
    const department = await admin.post<Schema<'Department'>>('/departments', { key, name: { ru: unique('Юг'), en: unique('South') } })
    const page = await as('admin', { lang: 'en', scheme })
    const name = `${unique('Sales')} ${hostile}`
    const email = address()
    await page.goto('/settings/mailboxes')
    await page.getByRole('button', { name: 'New mailbox' }).press('Enter')
    const form = page.getByRole('dialog', { name: 'New mailbox' })
    await expect(form.getByRole('textbox', { name: "Sender's name" })).toBeFocused()
    await form.getByRole('textbox', { name: "Sender's name" }).fill(name)
    await form.getByRole('textbox', { name: 'Address', exact: true }).fill('nobody')
    await form.getByRole('button', { name: 'Save' }).click()
    await expect(form.getByRole('textbox', { name: 'Address', exact: true })).toHaveAttribute('aria-invalid', 'true')
    await accessible(page)
    await form.getByRole('textbox', { name: 'Address', exact: true }).fill(email)
    await form.getByRole('textbox', { name: 'Address for answers' }).fill('answers@firm.example')
    await form.getByRole('combobox', { name: 'Department' }).click()
    await page.getByRole('option', { name: department.names.en }).click()
    await form.getByRole('button', { name: 'Save' }).click()
    await expect(form).toBeHidden()
    const row = page.getByRole('table', { name: 'Mailboxes' }).getByRole('row').filter({ hasText: email })
    await expect(row).toContainText(name)
    await expect(row).toContainText('answers to answers@firm.example')
    await expect(row).toContainText(department.names.en)
    expect(await page.evaluate(() => 'hacked' in window)).toBe(false)
    await accessible(page)

    await row.getByRole('button', { name: 'Test' }).click()
    const tried = page.getByRole('dialog')
    await expect(tried.getByRole('textbox', { name: 'To' })).toHaveValue('admin@demo.example')
    await tried.getByRole('textbox', { name: 'To' }).press('Enter')
    await expect(tried.getByRole('status')).toContainText(`It was sent from ${email} to admin@demo.example.`)
    expect(await letters(page, email)).toMatchObject([{ subject: `Test of the mailbox “${name}”`, to: expect.stringContaining('admin@demo.example') as unknown }])
    await accessible(page)
    await page.keyboard.press('Escape')
    await expect(tried).toBeHidden()

    await row.getByRole('button', { name: 'Edit' }).click()
    const edited = page.getByRole('dialog')
    await edited.getByRole('switch', { name: 'Switched on' }).uncheck()
    await expect(edited.getByRole('switch', { name: 'Default mailbox' })).toBeDisabled()
    await edited.getByRole('button', { name: 'Save' }).click()
    await expect(row).toContainText('off')

    await row.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
    await expect(row).toBeVisible()
    await row.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click()
    await expect(row).toHaveCount(0)
  })
}

test('what the mail server refuses is told where the letter was sent from', async ({ as, api, refused }) => {
  refused(409)
  const admin = await api('admin')
  const mailbox = await admin.post<Schema<'Mailbox'>>('/mailboxes', { name: unique('Refused'), email: address(), active: false, default: false })
  const page = await as('admin', { lang: 'en' })
  await page.route(`**/api/v1/mailboxes/${mailbox.id}/test`, (route) =>
    route.fulfill({ status: 409, contentType: 'application/problem+json', json: { type: '/problems#letter_refused', code: 'letter_refused', status: 409, title: 'The mail server has refused the letter', detail: 'What it said: the server refused the sender (553 5.7.1).' } }),
  )
  await page.goto('/settings/mailboxes')
  await page.getByRole('button', { name: `Test: ${mailbox.name}` }).click()
  const tried = page.getByRole('dialog')
  await tried.getByRole('textbox', { name: 'To' }).fill('somebody@firm.example')
  await tried.getByRole('button', { name: 'Send' }).click()
  await expect(tried.getByRole('alert')).toContainText('553 5.7.1')
  await expect(tried.getByRole('status')).toHaveCount(0)
  await accessible(page)
})

test('without mailboxes the page says where letters go from', async ({ as }) => {
  const page = await as('admin', { lang: 'en' })
  let otherwise: object | undefined = { name: 'Marshrut', email: 'robot@firm.example' }
  await page.route('**/api/v1/mailboxes', (route) => route.fulfill({ json: { items: [], otherwise } }))
  await page.goto('/settings/mailboxes')
  await expect(page.getByText("All letters now go from Marshrut <robot@firm.example>, the address of the program's own settings.")).toBeVisible()
  await page.getByRole('button', { name: 'New mailbox' }).click()
  await expect(page.getByRole('switch', { name: 'Default mailbox' })).toBeChecked()
  otherwise = undefined
  await page.reload()
  await expect(page.getByText("There is no address that letters would go from in the program's own settings, either.")).toBeVisible()
})

test('what a colleague has changed of a mailbox meanwhile is put together with mine', async ({ as, api, refused }) => {
  refused(412)
  const admin = await api('admin')
  const mailbox = await admin.post<Schema<'Mailbox'>>('/mailboxes', { name: unique('Both'), email: address() })
  const page = await as('admin', { lang: 'en', phone: true })
  await page.goto('/settings/mailboxes')
  await page.getByRole('button', { name: `Edit: ${mailbox.name}` }).click()
  const form = page.getByRole('dialog')
  await form.getByRole('textbox', { name: 'Address for answers' }).fill('mine@firm.example')
  await admin.patch(`/mailboxes/${mailbox.id}`, { name: `${mailbox.name} anew` })
  await form.getByRole('button', { name: 'Save' }).click()
  await expect(form).toBeHidden()
  expect(await admin.get<Schema<'Mailbox'>>(`/mailboxes/${mailbox.id}`)).toMatchObject({ name: `${mailbox.name} anew`, reply_to: 'mine@firm.example' })
})

test('mailboxes are for administrators alone', async ({ as }) => {
  const director = await as('director')
  await director.goto('/settings/mailboxes')
  await expect(director.getByRole('heading', { name: 'Здесь ничего нет' })).toBeVisible()
})
