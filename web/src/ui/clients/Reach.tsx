import { Button, Text } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import type { Schema } from '@/api/client'
import { asApiError } from '@/api/problem'
import { useMutation } from '@/api/useMutation'
import { Block } from '@/ui/Block'
import { Conflict } from '@/ui/edit/merge'
import { SmallForm } from '@/ui/SmallForm'
import { Window } from '@/ui/Window'

import { given, type Detail } from './details'
import { DetailList } from './DetailList'
import { DetailsEditor } from './DetailsEditor'

interface Props {
  details: Detail[]
  editable: boolean
  /** Saves them over those there were when one began; throws a Conflict when others are there now. */
  save: (details: Schema<'DetailBody'>[], before: Detail[]) => Promise<void>
}

/** Reach is how somebody is reached: a click calls or writes, and all of it is changed at once (R9, R44). */
export function Reach({ details, editable, save }: Props) {
  const { t } = useTranslation(['client', 'common'])
  const [editing, setEditing] = useState(false)
  return (
    <Block
      title={t('details.title')}
      actions={
        editable && (
          <Button size="compact-sm" variant="subtle" onClick={() => setEditing(true)} aria-label={`${t('common:edit')}: ${t('details.title')}`}>
            {t('common:edit')}
          </Button>
        )
      }
    >
      {details.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('details.none')}
        </Text>
      ) : (
        <DetailList details={details} />
      )}
      <Window opened={editing} onClose={() => setEditing(false)} title={t('details.title')} size="lg">
        {editing && <EditDetails details={details} save={save} onEnd={() => setEditing(false)} />}
      </Window>
    </Block>
  )
}

function EditDetails({ details, save, onEnd }: Omit<Props, 'editable'> & { onEnd: () => void }) {
  const { t } = useTranslation('client')
  const [before, setBefore] = useState(details)
  const [draft, setDraft] = useState(details.length === 0 ? [{ kind: 'phone', value: '' }] : details)
  const [overtaken, setOvertaken] = useState(false)
  const saving = useMutation({
    mutationFn: () => save(given(draft), before),
    onSuccess: onEnd,
    onError: (error) => {
      // A colleague has changed them: his stand beside, and saving again puts one's own in their place.
      setOvertaken(error instanceof Conflict)
      if (error instanceof Conflict) setBefore(error.theirs as Detail[])
    },
  })
  const problem = saving.error === null || overtaken ? undefined : asApiError(saving.error)
  return (
    <SmallForm label={t('details.title')} problem={problem} told={problem?.field('/details') !== undefined} busy={saving.isPending} onSubmit={() => saving.mutate()} onCancel={onEnd}>
      {overtaken && (
        <div role="alert">
          <Text size="sm" fw={600} mb={4}>
            {t('details.overtaken')}
          </Text>
          <DetailList details={before} />
        </div>
      )}
      <DetailsEditor details={draft} onChange={setDraft} problem={problem} />
    </SmallForm>
  )
}
