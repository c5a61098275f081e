import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'

import type { RecordForm } from './useRecordForm'

interface Props<D> {
  form: Pick<RecordForm<D>, 'clashes' | 'takeTheirs'>
  /** What a field is called, and how its value reads. */
  fieldName: (field: keyof D & string) => string
  shown: (field: keyof D & string, value: unknown) => string
}

/** FormClashes shows what others have written meanwhile in fields that one has changed oneself. */
export function FormClashes<D extends object>({ form, fieldName, shown }: Props<D>) {
  const { t } = useTranslation(['edit', 'common'])
  if (form.clashes.length === 0) return null
  return (
    <Alert color="orange" role="alert" title={t('clash.title')}>
      <Stack gap={6}>
        {form.clashes.map((clash) => (
          <Group key={clash.field} justify="space-between" gap="xs">
            <Text size="sm" className="as-typed">
              {t('clash.theirs', { field: fieldName(clash.field), value: shown(clash.field, clash.theirs) || t('common:none') })}
            </Text>
            <Button size="compact-sm" variant="default" onClick={() => form.takeTheirs(clash)} aria-label={t('clash.takeOf', { field: fieldName(clash.field) })}>
              {t('clash.take')}
            </Button>
          </Group>
        ))}
        <Text size="xs">{t('clash.text')}</Text>
      </Stack>
    </Alert>
  )
}
