import { describe, expect, it } from 'vitest'

import { asked, holds, namesIn, type Facts } from './condition'

const types = new Map([
  ['amount', 'money'], ['share', 'percent'], ['carrier', 'choice'], ['reason', 'loss_reason'], ['urgent', 'flag'], ['ship_date', 'date'],
  ['until', 'datetime'], ['comment', 'long_text'], ['demand', 'lines'], ['interaction', 'interaction'],
])
const now = new Date('2026-03-02T09:00:00Z')
const facts = (values: Facts['values']): Facts => ({ values, types, now })

describe('holds', () => {
  // Each as the server evaluates it: routemaps/conditions_test.go has its like.
  it.each<[string, Facts['values'], boolean]>([
    ['reason == "competitor"', {}, false],
    ['reason == "competitor"', { reason: 'competitor' }, true],
    ['reason != "competitor"', {}, true],
    ['amount > 50000', { amount: '50000.01' }, true],
    ['amount > 50000', { amount: 'a lot' }, false],
    ['amount > 50_000', { amount: '60000' }, true],
    ['amount == 0', {}, true],
    ['amount > 10 and carrier == "post"', { amount: '11', carrier: 'post' }, true],
    ['amount > 10 && carrier == "post" || urgent', { urgent: true }, true],
    ['not urgent', {}, true],
    ['!urgent and not (amount > 5)', { amount: '5' }, true],
    ['carrier in ["post", "courier"]', { carrier: 'courier' }, true],
    ['carrier not in ["post", "courier"]', { carrier: 'courier' }, false],
    ['carrier in ["post"]', {}, false],
    ['10 < amount < 20', { amount: '15' }, true],
    ['10 < amount < 20', { amount: '25' }, false],
    ['amount * 2 + 1 == 7', { amount: '3' }, true],
    ['-amount + 2 ** 3 == 5', { amount: '3' }, true],
    ['amount / 2 > 1.4 and amount % 2 == 1', { amount: '3' }, true],
    ['2 + 3 * 4 == 14', {}, true],
    ['comment contains "urgent"', { comment: 'very urgent' }, true],
    ['comment startsWith "very" and comment endsWith "urgent"', { comment: 'very urgent' }, true],
    ['len(trim(comment)) > 2', { comment: ' яб ' }, false],
    ['lower(comment) == "да" and upper(comment) == "ДА"', { comment: 'Да' }, true],
    ['round(amount) == 3 and floor(amount) == 2 and ceil(amount) == 3', { amount: '2.5' }, true],
    ['abs(min(amount, -4)) == max(4, 1, 2)', { amount: '1' }, true],
    ['has("amount")', {}, false],
    ['has("amount")', { amount: '0' }, true],
    ['has("demand") and has("interaction")', { demand: [{ name: 'Lamp' }], interaction: { kind: 'call' } }, true],
    ['has("demand")', { demand: [] }, false],
    ['ship_date > day("2026-03-01")', { ship_date: '2026-03-02' }, true],
    ['ship_date < day("2026-03-01")', {}, true],
    ['now > day("2026-03-01") + days(1)', {}, true],
    ['until - now > hours(2)', { until: '2026-03-02T12:00:00+00:00' }, true],
    ['until - now > hours(2)', { until: '2026-03-02T10:59:00Z' }, false],
    ['(urgent ? 100 : 10) < amount', { amount: '50' }, true],
    ['outcome == ""', {}, true],
    [`carrier == 'post'`, { carrier: 'post' }, true],
    ['carrier == "\\u0070ost" // by post', { carrier: 'post' }, true],
  ])('%s over %j: %s', (condition, values, wanted) => {
    expect(holds(condition, facts(values))).toBe(wanted)
  })

  it('reads what only the case knows by what it is compared with', () => {
    const of = (value: unknown) => ({ ...facts({ price: value, due: value, stage: value }) })
    expect(holds('price > 9', of('10.00'))).toBe(true)
    expect(holds('price > 9', of(undefined))).toBe(false)
    expect(holds('due < now', of('2026-03-01'))).toBe(true)
    expect(holds('due + days(3) < now', of('2026-03-01'))).toBe(false)
    expect(holds('stage == "10.00"', of('10.00'))).toBe(true)
  })

  it('shows what cannot be read rather than hide it', () => {
    expect(holds('amount >', facts({}))).toBe(true)
    expect(holds('secret(amount)', facts({}))).toBe(true)
    expect(holds('amount @ 3', facts({}))).toBe(true)
    expect(holds(undefined, facts({}))).toBe(true)
  })
})

describe('asked', () => {
  const item = (field: string, when?: string) => ({ field, type: 'text', name: field, names: { en: field, ru: field }, required: false, ...(when === undefined ? {} : { when }) })
  it('leaves out what is not asked now', () => {
    const items = [item('reason'), item('competitor', 'reason == "competitor"')]
    expect(asked(items, facts({})).map((i) => i.field)).toEqual(['reason'])
    expect(asked(items, facts({ reason: 'competitor' })).map((i) => i.field)).toEqual(['reason', 'competitor'])
  })
})

describe('namesIn', () => {
  it('names what is read, and no words of the language', () => {
    expect(namesIn('amount > 5 and has("contact") or not (carrier in ["post"])')).toEqual(['amount', 'contact', 'carrier'])
  })
})
