import { ActionIcon, Button, Select, Stack, TextInput } from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'

import type { ApiError } from '@/api/problem'

import classes from './DetailsEditor.module.css'
import { detailKinds, isMail, isPhone, placeOf, type Detail } from './details'

interface Props {
  details: Detail[]
  onChange: (details: Detail[]) => void
  problem: ApiError | undefined
}

/** DetailsEditor asks for contact details, each with its kind (R44); what is wrong with one stands beside it. */
export function DetailsEditor({ details, onChange, problem }: Props) {
  const { t } = useTranslation('client')
  const set = (at: number, change: Partial<Detail>) => onChange(details.map((detail, i) => (i === at ? { ...detail, ...change } : detail)))
  // Only those that are given have been sent, and are counted in what is refused.
  const errorAt = (at: number) => {
    const place = placeOf(details, at)
    return place === undefined ? undefined : problem?.field(`/details/${place}`)
  }
  return (
    <Stack gap="xs">
      {details.map((detail, i) => (
        <div key={i} className={classes.detail} role="group" aria-label={t('details.one', { number: i + 1 })}>
          <Select
            className={classes.kind ?? ''}
            aria-label={t('details.kind')}
            allowDeselect={false}
            data={detailKinds.map((kind) => ({ value: kind, label: t(`details.kinds.${kind}`) }))}
            value={detail.kind}
            onChange={(kind) => kind !== null && set(i, { kind })}
          />
          <TextInput
            aria-label={t('details.value')}
            type={isMail(detail.kind) ? 'email' : isPhone(detail.kind) ? 'tel' : 'text'}
            value={detail.value}
            error={errorAt(i)}
            // What the server made of the old text (its number, the parts of an address) is not that of the new one.
            onChange={(event) => onChange(details.map((other, k) => (k === i ? { kind: other.kind, value: event.currentTarget.value, ...(other.extension === undefined ? {} : { extension: other.extension }) } : other)))}
          />
          <ActionIcon variant="subtle" color="gray" size={36} onClick={() => onChange(details.filter((_, k) => k !== i))} aria-label={t('details.remove', { value: detail.value })}>
            <IconTrash size={16} aria-hidden />
          </ActionIcon>
        </div>
      ))}
      <Button size="compact-sm" variant="subtle" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => onChange([...details, { kind: details.length === 0 ? 'phone' : 'email', value: '' }])} style={{ alignSelf: 'flex-start' }}>
        {t('details.add')}
      </Button>
    </Stack>
  )
}
