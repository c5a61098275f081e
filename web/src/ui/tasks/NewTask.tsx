import { SegmentedControl, Stack } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { CasePicker } from '@/ui/pickers'
import { Window } from '@/ui/Window'

import { NewTaskForm } from './NewTaskForm'

/** NewTask is the window that makes a personal task or an assignment, of a case or of none (R10). */
export default function NewTask({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation(['tasks', 'common'])
  const [kind, setKind] = useState<'personal' | 'assignment'>('personal')
  const [about, setAbout] = useState<string | null>(null)
  return (
    <Window opened onClose={onClose} title={t('new')} size="lg">
      <Stack gap="sm">
        <SegmentedControl
          aria-label={t('kind')}
          value={kind}
          onChange={(value) => setKind(value === 'assignment' ? 'assignment' : 'personal')}
          data={[
            { value: 'personal', label: t('kinds.personal') },
            { value: 'assignment', label: t('kinds.assignment') },
          ]}
        />
        <NewTaskForm kind={kind} caseID={about} onDone={onClose} onCancel={onClose}>
          {(problem) => <CasePicker open label={t('common:pick.case')} value={about} onChange={setAbout} error={problem?.field('/case_id')} />}
        </NewTaskForm>
      </Stack>
    </Window>
  )
}
