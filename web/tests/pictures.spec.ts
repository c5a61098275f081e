import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test, type Api, type Schema } from './rig/test'

// `make pictures` names docs/images; every other run looks at the same pages and leaves what it saw with its results.
const folder = process.env.MARSHRUT_PICTURES ?? join(import.meta.dirname, '../test-results/pictures')
mkdirSync(folder, { recursive: true })

type Made = Schema<'CaseWithTasks'>

const sales = [
  ['ООО «Северный свет»', 'Светильники для нового склада', '480000'],
  ['АО «Верфь»', 'Освещение доков, вторая очередь', '2150000'],
  ['ИП Лапина О. Н.', 'Вывеска и витрина', '96000'],
  ['ООО «Тёплый дом»', 'Лампы для подъездов', '310000'],
  ['ООО «Речной порт»', 'Прожекторы на причалы', '1270000'],
  ['ООО «Хлебозавод № 4»', 'Замена светильников в цехе', '740000'],
] as const

/** aDay fills the manager's day: deals that have come to different stages, calls to make, an appeal. Answers the card to show. */
async function aDay(api: Api): Promise<string> {
  const at = (days: number, hour: number) => {
    const day = new Date(Date.now() + days * 86_400_000)
    day.setUTCHours(hour, 0, 0, 0)
    return day.toISOString()
  }
  let shown = ''
  for (const [i, [client, topic, potential]] of sales.entries()) {
    const made = await api.post<Made>('/deals', { map: 'typical-sale', topic, source: 'Сайт', client: { name: client, create_anyway: true }, fields: { potential, probability: String(20 + i * 10) } })
    const first = made.next_tasks?.[0]
    expect(first).toBeDefined()
    if (i % 2 === 1) {
      await api.post(`/tasks/${first?.id}/complete`, { outcome: 'made', fields: { interaction: { kind: 'call', at: at(-1, 9), topic: 'Первый звонок', content: 'Рассказали о нас, запросили план помещений.' } } })
    }
    await api.post('/interactions', { kind: i % 3 === 0 ? 'meeting' : 'call', status: 'planned', at: at(1 + (i % 4), 7 + i), topic: i % 3 === 0 ? 'Встреча на объекте' : 'Созвониться о смете', case_id: made.case.id })
    if (i === 1) shown = made.case.number
  }
  await api.post('/appeals', { topic: 'Мигает лампа в холле', source: 'Сайт', client: { name: 'ООО «Маяк»', email: 'office@mayak.example', create_anyway: true } })
  return shown
}

test('pictures of the main pages', async ({ as, api }) => {
  test.setTimeout(180_000)
  const number = await aDay(await api('manager'))
  const director = await as('director', { lang: 'ru' })
  const manager = await as('manager', { lang: 'ru' })
  const dark = await as('manager', { lang: 'ru', scheme: 'dark' })
  const phone = await as('manager', { lang: 'ru', phone: true })
  const english = await as('manager2', { lang: 'en' })
  const pictures: [name: string, page: typeof manager, path: string][] = [
    ['inbox', manager, '/inbox'],
    ['sales', manager, '/sales?map=typical-sale'],
    ['case', manager, `/cases/${number}`],
    ['agenda', dark, '/agenda?view=week'],
    ['case-dark', dark, `/cases/${number}`],
    ['funnel', director, '/reports/funnel'],
    ['route-map', english, '/maps/typical-sale'],
    ['accept-phone', phone, '/accept'],
    ['inbox-phone', phone, '/inbox'],
    ['case-phone', phone, `/cases/${number}`],
  ]
  for (const [name, page, path] of pictures) {
    await page.goto(path)
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    if (name === 'inbox') await page.getByRole('list').getByRole('link').first().click()
    await expect(page.getByRole('progressbar')).toHaveCount(0)
    await expect(page.locator('.mantine-Skeleton-root:visible, .mantine-Loader-root:visible')).toHaveCount(0)
    if (name === 'sales') await expect(page.getByRole('article').first()).toBeVisible()
    await page.screenshot({ path: join(folder, `workplace-${name}.png`), animations: 'disabled' })
  }
})
