import { expect, test, unique, type Schema } from './rig/test'

type Made = Schema<'CaseWithTasks'>

test('R6 R13 what a colleague does shows on the board and among all tasks', async ({ as, api }) => {
  const manager = await api('manager')
  const topic = unique('Живая сделка')
  const made = await manager.post<Made>('/deals', { map: 'free-sale', topic, source: 'Сайт', client: { name: unique('ООО Поток'), create_anyway: true } })
  const director = await as('director')
  await director.goto(`/sales?map=free-sale&responsible=all&q=${encodeURIComponent(topic)}`)
  const column = (name: string) => director.getByRole('region', { name, exact: true })
  await expect(column('Новая').getByRole('article')).toHaveCount(1)
  await manager.post(`/deals/${made.case.number}/move`, { stage: 'in-progress' })
  await expect(column('В работе').getByRole('article')).toHaveCount(1)

  await director.goto(`/tasks?case=${made.case.number}`)
  await expect(director.getByRole('heading', { level: 1 })).toBeVisible()
  const task = unique('Перезвонить')
  await manager.post('/tasks', { kind: 'personal', title: task, case_id: made.case.id })
  await expect(director.getByRole('link', { name: new RegExp(task) })).toBeVisible()
})

test('many windows of one browser share one stream, and the next one listens when the first is closed', async ({ as, api }) => {
  test.setTimeout(120_000) // seven windows
  const manager = await api('manager2')
  const topic = unique('Shared stream')
  const made = await manager.post<Made>('/deals', { map: 'free-sale', topic, source: 'Web', client: { name: unique('Stream Ltd'), create_anyway: true } })
  const first = await as('manager2', { lang: 'en' })
  const context = first.context()
  const streams = new Set<unknown>()
  context.on('request', (request) => request.url().includes('/api/v1/events') && streams.add(request))
  context.on('requestfinished', (request) => streams.delete(request))
  context.on('requestfailed', (request) => streams.delete(request))
  const windows = [first]
  // A browser holds six connections to a server: with a stream for each window the seventh would never open.
  while (windows.length < 7) windows.push(await context.newPage())
  for (const window of windows) {
    await window.goto(`/cases/${made.case.number}`)
    await expect(window.getByRole('heading', { level: 1 })).toHaveText(topic)
  }
  await expect.poll(() => streams.size).toBe(1)
  const said = async (words: string) => {
    await manager.post(`/cases/${made.case.number}/comments`, { text: words })
    for (const window of windows) await expect(window.getByRole('feed')).toContainText(words)
  }
  await said(unique('Heard everywhere'))
  streams.clear() // a closed window does not say that its requests are over
  await windows.shift()?.close()
  await said(unique('Heard by those who are left'))
  await expect.poll(() => streams.size).toBe(1)
})
