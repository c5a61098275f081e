import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { expect, test } from './rig/test'

const assets = readdirSync(fileURLToPath(new URL('../dist/assets', import.meta.url)))

test('the first page loads 250 KB of JavaScript at most', async ({ as }) => {
  const page = await as('manager')
  const loaded: Promise<number>[] = []
  page.on('requestfinished', (request) => {
    if (request.resourceType() === 'script') loaded.push(request.sizes().then((sizes) => sizes.responseBodySize))
  })
  await page.goto('/')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Мои задачи')
  await page.waitForLoadState('load')
  const sizes = await Promise.all(loaded)
  expect(sizes.length).toBeGreaterThan(1)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(250 * 1024)
})

test('every part that is loaded when it is needed can be', async ({ as }) => {
  const page = await as('manager')
  await page.goto('/inbox')
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  const parts = assets.filter((name) => name.endsWith('.js'))
  expect(parts.length).toBeGreaterThan(10)
  for (const part of parts) {
    await expect(page.evaluate((address) => import(address).then(() => 'loaded'), `/assets/${part}`), part).resolves.toBe('loaded')
  }
  const styles = assets.filter((name) => name.endsWith('.css'))
  for (const style of styles) expect((await page.request.get(`/assets/${style}`)).headers()['content-type'], style).toContain('text/css')
})

test('nothing comes from other hosts, and the policy lets nothing else in', async ({ as }) => {
  const page = await as('manager')
  const hosts = new Set<string>()
  page.on('request', (request) => request.url().startsWith('http') && hosts.add(new URL(request.url()).host))
  const document = await page.goto('/inbox')
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  expect([...hosts]).toEqual([new URL(page.url()).host])
  const policy = document?.headers()['content-security-policy'] ?? ''
  expect(policy).toContain("default-src 'none'")
  expect(policy).not.toContain('unsafe')
})
