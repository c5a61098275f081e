import { Button, FileButton, Group, Input, Select, Text, VisuallyHidden } from '@mantine/core'
import { IconUpload } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useId } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api, newKey } from '@/api/client'
import { keys } from '@/api/keys'
import { useMutation } from '@/api/useMutation'
import { useFormat } from '@/i18n/useFormat'
import { wordsOf } from '@/ui/words'

import type { FieldProps } from './ItemField'

/** uploadToCase attaches a file to a case. */
export function uploadToCase(caseID: string, file: File) {
  return answer(
    api.POST('/api/v1/cases/{id}/files', {
      params: { path: { id: caseID }, header: { 'Idempotency-Key': newKey() } },
      body: { file: file.name },
      bodySerializer: () => {
        const body = new FormData()
        body.append('file', file)
        return body
      },
    }),
  )
}

/** FileField chooses a file of the case, or adds one to it; its value is the file's id. */
export function FileField({ item, value, onChange, error, caseID }: FieldProps) {
  const { t } = useTranslation()
  const format = useFormat()
  const queries = useQueryClient()
  const id = useId()
  const key = [...keys.caseOf(caseID ?? ''), 'form-files']
  const files = useQuery({ queryKey: key, queryFn: () => answer(api.GET('/api/v1/cases/{id}/files', { params: { path: { id: caseID ?? '' } } })), enabled: caseID !== undefined })
  const upload = useMutation({
    mutationFn: (file: File) => uploadToCase(caseID ?? '', file),
    onSuccess: async (file) => {
      await queries.invalidateQueries({ queryKey: key })
      onChange(file.id)
    },
  })
  if (caseID === undefined) {
    return (
      <Input.Wrapper label={item.name} labelElement="div" error={error} required={item.required}>
        <Text size="sm" c="dimmed">
          {t('fields.fileLater')}
        </Text>
      </Input.Wrapper>
    )
  }
  const refused = upload.isError ? wordsOf(upload.error) : undefined
  const list = files.data?.items ?? []
  return (
    <Input.Wrapper label={item.name} labelElement="div" error={error ?? refused?.detail ?? refused?.title} required={item.required} role="group" aria-labelledby={`${id}-label`} id={id}>
      <Group gap="xs" wrap="nowrap">
        <Select
          flex={1}
          aria-label={item.name}
          aria-invalid={error !== undefined}
          error={error !== undefined}
          placeholder={list.length === 0 ? t('fields.noFiles') : t('fields.choose')}
          disabled={list.length === 0}
          data={list.map((file) => ({ value: file.id, label: `${file.name} · ${format.size(file.size)}` }))}
          value={typeof value === 'string' ? value : null}
          onChange={(chosen) => onChange(chosen ?? undefined)}
          clearable
          clearButtonProps={{ 'aria-label': t('clear') }}
        />
        <FileButton onChange={(file) => file !== null && upload.mutate(file)} inputProps={{ 'aria-label': t('fields.upload') }}>
          {(props) => (
            <Button {...props} variant="default" loading={upload.isPending} leftSection={<IconUpload size={16} aria-hidden />}>
              {t('fields.upload')}
            </Button>
          )}
        </FileButton>
      </Group>
      <VisuallyHidden aria-live="polite">{upload.isPending ? t('fields.uploading') : upload.isSuccess ? t('fields.uploaded', { name: upload.data.name }) : ''}</VisuallyHidden>
    </Input.Wrapper>
  )
}
