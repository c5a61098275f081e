import { ActionIcon, Button, Fieldset, Group, Input, Stack, Text, TextInput } from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'

import { useFormat } from '@/i18n/useFormat'

import { DecimalField } from './DecimalField'
import classes from './fields.module.css'
import type { FieldProps } from './ItemField'

/** A line of goods or services. */
interface Line {
  name: string
  quantity?: string
  unit?: string
  price?: string
}

const most = 500

/** LinesField asks for goods and services with their quantities and prices (R30), and sums them up. */
export function LinesField({ item, value, onChange, error }: FieldProps) {
  const { t } = useTranslation()
  const format = useFormat()
  const lines = Array.isArray(value) ? (value as Line[]) : []
  const shown = lines.length === 0 && item.required ? [{ name: '' }] : lines
  const change = (i: number, part: Partial<Record<keyof Line, string | undefined>>) => {
    const next = { ...shown[i], ...part }
    const line: Line = { name: next.name ?? '', ...present('quantity', next.quantity), ...present('unit', next.unit), ...present('price', next.price) }
    onChange(shown.map((old, at) => (at === i ? line : old)))
  }
  const sum = lines.reduce((total, line) => total + Number(line.price ?? 0) * Number(line.quantity ?? 1), 0)
  return (
    <Fieldset
      p="sm"
      legend={
        <Text span size="sm" fw={500}>
          {item.name}
          {item.required && <Text span c="var(--mantine-color-error)" aria-hidden>{' *'}</Text>}
        </Text>
      }
    >
      <Stack gap="xs">
        {shown.map((line, i) => (
          <div key={i} className={classes.line} role="group" aria-label={t('fields.line', { number: i + 1 })}>
            <TextInput className={classes.lineName ?? ''} aria-label={t('fields.lineName')} placeholder={t('fields.lineName')} maxLength={500} aria-invalid={error !== undefined && line.name.trim() === ''} value={line.name} onChange={(event) => change(i, { name: event.currentTarget.value })} />
            <DecimalField aria-label={t('fields.quantity')} placeholder={t('fields.quantity')} value={line.quantity} onChange={(quantity) => change(i, { quantity })} />
            <TextInput aria-label={t('fields.unit')} placeholder={t('fields.unit')} maxLength={40} value={line.unit ?? ''} onChange={(event) => change(i, { unit: event.currentTarget.value })} />
            <DecimalField aria-label={t('fields.price')} placeholder={t('fields.price')} sign={item.currency ?? 'RUB'} value={line.price} onChange={(price) => change(i, { price })} />
            <ActionIcon variant="subtle" color="gray" size={36} aria-label={t('fields.removeLine', { number: i + 1 })} onClick={() => onChange(shown.filter((_, at) => at !== i))}>
              <IconTrash size={16} />
            </ActionIcon>
          </div>
        ))}
        <Group justify="space-between">
          <Button size="compact-sm" variant="subtle" disabled={shown.length >= most} leftSection={<IconPlus size={14} aria-hidden />} onClick={() => onChange([...shown, { name: '' }])}>
            {t('fields.addLine')}
          </Button>
          {lines.length > 0 && Number.isFinite(sum) && (
            <Text size="sm" fw={600}>
              {t('fields.sum', { amount: format.money(sum.toFixed(2), item.currency ?? 'RUB') })}
            </Text>
          )}
        </Group>
        {error !== undefined && <Input.Error role="alert">{error}</Input.Error>}
      </Stack>
    </Fieldset>
  )
}

const present = (key: string, value: string | undefined) => (value === undefined || value.trim() === '' ? {} : { [key]: value })
