import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

import type { Page } from '@playwright/test'

import { accessible, expect, test as base, unique, type Schema } from './rig/test'

const hostile = '<img src=x onerror="window.hacked=1">'

interface Call {
  headers: IncomingHttpHeaders
  body: string
}

/** Receiver is another system; it answers with `status`. */
interface Receiver {
  url: string
  calls: Call[]
  status: number
}

const test = base.extend<{ receiver: Receiver }>({
  receiver: async ({}, provide) => {
    const receiver: Receiver = { url: '', calls: [], status: 204 }
    const server = createServer((request, response) => {
      const parts: Buffer[] = []
      request.on('data', (part: Buffer) => parts.push(part))
      request.on('end', () => {
        receiver.calls.push({ headers: request.headers, body: Buffer.concat(parts).toString() })
        response.writeHead(receiver.status).end()
      })
    })
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
    receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
    await provide(receiver)
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
  },
})

/** signed tells whether a call was signed with the secret. */
function signed(call: Call, secret: string): boolean {
  const mac = createHmac('sha256', Buffer.from(secret.replace('whsec_', ''), 'base64')).update(`${String(call.headers['webhook-id'])}.${String(call.headers['webhook-timestamp'])}.${call.body}`)
  return call.headers['webhook-signature'] === `v1,${mac.digest('base64')}`
}

async function make(page: Page, name: string, address: string): Promise<string> {
  await page.goto('/settings/webhooks')
  await page.getByRole('button', { name: 'New webhook' }).click()
  const form = page.getByRole('dialog', { name: 'New webhook' })
  await form.getByRole('textbox', { name: 'Name' }).fill(name)
  await form.getByRole('textbox', { name: 'Address' }).fill(address)
  await form.getByRole('button', { name: 'Save' }).click()
  const shown = page.getByRole('dialog', { name: 'Secret of the webhook' })
  const secret = await shown.getByText('whsec_').innerText()
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
  await accessible(page)
  await shown.getByRole('button', { name: 'I have kept it' }).click()
  await expect(page.getByRole('heading', { level: 2, name })).toBeVisible()
  return secret
}

for (const scheme of ['light', 'dark'] as const) {
  test(`a webhook is made, its secret shown once, and what happens to cases is told and signed (${scheme})`, async ({ as, api, receiver, refused }) => {
    refused(422)
    const admin = await api('admin')
    const page = await as('admin', { lang: 'en', scheme })
    const name = `${unique('Warehouse')} ${hostile}`
    await page.goto('/settings/webhooks')
    await page.getByRole('button', { name: 'New webhook' }).click()
    const form = page.getByRole('dialog', { name: 'New webhook' })
    await form.getByRole('textbox', { name: 'Name' }).fill(name)
    await form.getByRole('textbox', { name: 'Address' }).fill('http://elsewhere.example/hook')
    await form.getByRole('button', { name: 'Save' }).click()
    await expect(form.getByRole('textbox', { name: 'Address' })).toHaveAttribute('aria-invalid', 'true')
    await expect(form.getByRole('textbox', { name: 'Address' })).toBeFocused()
    await accessible(page)
    const secret = await make(page, name, receiver.url)
    await page.reload()
    await expect(page.getByRole('heading', { level: 2, name })).toBeVisible()
    await expect(page.getByText('whsec_')).toHaveCount(0)
    expect(await page.evaluate(() => 'hacked' in window)).toBe(false)

    const client = await admin.post<Schema<'Client'>>('/clients', { kind: 'company', name: unique('Hook Ltd'), lang: 'en', status: 'potential', create_anyway: true })
    const topic = unique('A secret topic')
    const made = await admin.post<{ case: Schema<'Case'> }>('/deals', { client_id: client.id, topic, source: 'site', kind: 'process' })
    const told = (): Call | undefined => receiver.calls.find((call) => call.body.includes(made.case.id) && call.body.includes('"kind":"created"'))
    await expect.poll(told, { timeout: 30_000 }).toBeDefined()
    expect(receiver.calls.every((call) => signed(call, secret))).toBe(true)
    expect(receiver.calls.map((call) => call.body).join()).not.toContain(topic)
    const row = page.getByRole('table', { name: 'Deliveries' }).getByRole('row').filter({ hasText: 'Case opened' }).first()
    await expect(row).toContainText('delivered')
    await expect(row).toContainText('answer 204')
    await accessible(page)
  })
}

test('a delivery that is not accepted is shown with its fate and tried again; a webhook is switched off, its secret renewed, and deleted', async ({ as, receiver, refused }) => {
  refused(404) // what has just been deleted may be read once more before the page is left
  const page = await as('admin', { lang: 'en' })
  const name = unique('Broken')
  receiver.status = 500
  const secret = await make(page, name, receiver.url)
  await page.getByRole('button', { name: 'Switch off' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Switch off' }).click()
  await expect(page.getByRole('button', { name: 'Switch on' })).toBeVisible()
  await expect(page.getByText('Nothing has been told yet')).toBeVisible()
  await page.getByRole('button', { name: 'Send a test' }).click()
  const row = page.getByRole('table', { name: 'Deliveries' }).getByRole('row').filter({ hasText: 'Test' })
  await expect(row).toContainText('not accepted · answer 500 · 1 attempt', { timeout: 30_000 })
  await expect(row).toContainText('next:')
  receiver.status = 200
  await row.getByRole('button', { name: 'Try again: Test' }).click()
  await expect(row).toContainText('delivered', { timeout: 30_000 })
  await expect(row).toContainText('2 attempts')
  await expect(row.getByRole('button')).toHaveCount(0)
  expect(new Set(receiver.calls.map((call) => call.headers['idempotency-key'])).size).toBe(1)

  await page.getByRole('button', { name: 'New secret' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'New secret' }).click()
  const shown = page.getByRole('dialog', { name: 'Secret of the webhook' })
  const other = await shown.getByText('whsec_').innerText()
  expect(other).not.toBe(secret)
  await shown.getByRole('button', { name: 'I have kept it' }).click()
  await page.getByRole('button', { name: 'Send a test' }).click()
  await expect.poll(() => receiver.calls.some((call) => signed(call, other)), { timeout: 30_000 }).toBe(true)

  await page.getByRole('button', { name: 'Delete', exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click()
  await expect(page).toHaveURL(/\/settings\/webhooks$/)
  await expect(page.getByRole('link', { name })).toHaveCount(0)
})

test('what a colleague has changed of a webhook meanwhile is put together with mine', async ({ as, api, refused }) => {
  refused(412)
  const admin = await api('admin')
  const webhook = await admin.post<Schema<'Webhook'>>('/webhooks', { name: unique('Both'), url: 'https://both.example/hook', kinds: ['created'], enabled: false })
  const page = await as('admin', { lang: 'en', phone: true })
  await page.goto(`/settings/webhooks/${webhook.id}`)
  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  const form = page.getByRole('dialog')
  await form.getByRole('checkbox', { name: 'Case closed' }).check()
  await admin.patch(`/webhooks/${webhook.id}`, { url: 'https://other.example/hook' })
  await form.getByRole('button', { name: 'Save' }).click()
  await expect(form).toBeHidden()
  await expect(page.getByText('https://other.example/hook')).toBeVisible()
  await expect(page.getByRole('list', { name: 'What it is told of' })).toContainText('Case closed')
  await accessible(page)
  expect(await admin.get<Schema<'Webhook'>>(`/webhooks/${webhook.id}`)).toMatchObject({ url: 'https://other.example/hook', kinds: ['created', 'closed'] })
})

test('webhooks are for administrators alone', async ({ as }) => {
  const director = await as('director')
  await director.goto('/settings/webhooks')
  await expect(director.getByRole('heading', { name: 'Здесь ничего нет' })).toBeVisible()
})
