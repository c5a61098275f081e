import { Group, SegmentedControl, Select, Skeleton, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { answer, api, type Schema } from '@/api/client'
import { useRegions, useSources } from '@/api/directories'
import { keys } from '@/api/keys'
import { asApiError } from '@/api/problem'
import { useMutation } from '@/api/useMutation'
import { useRequestKey } from '@/api/useRequestKey'
import { useMe } from '@/app/session'
import { UserPicker } from '@/ui/pickers'
import { ofField, SmallForm } from '@/ui/SmallForm'
import { tell } from '@/ui/tell'
import { Window } from '@/ui/Window'

import { given, type Detail } from './details'
import { DetailsEditor } from './DetailsEditor'
import { Duplicates } from './Duplicates'

interface Props {
  opened: boolean
  /** As far as it is known. */
  name?: string | undefined
  onClose: () => void
  /** The client that was made, or that was chosen of those who may be the same. */
  onDone: (id: string) => void
}

/** NewClient enters a client; those who may be the same already are shown before a second one is made. */
export function NewClient({ opened, ...form }: Props) {
  const { t } = useTranslation()
  return (
    <Window opened={opened} onClose={form.onClose} title={t('newClient')} size="lg" zIndex={300}>
      {opened && (
        <Suspense fallback={<Skeleton height={320} />}>
          <Form {...form} />
        </Suspense>
      )}
    </Window>
  )
}

function Form({ name: known = '', onClose, onDone }: Omit<Props, 'opened'>) {
  const { t } = useTranslation(['client', 'common'])
  const me = useMe()
  const queries = useQueryClient()
  const regions = useRegions()
  const sources = useSources()
  const request = useRequestKey()
  const [kind, setKind] = useState<'company' | 'individual'>('company')
  const [name, setName] = useState(known)
  const [details, setDetails] = useState<Detail[]>([{ kind: 'phone', value: '' }, { kind: 'email', value: '' }])
  const [region, setRegion] = useState<string | null>(null)
  const [source, setSource] = useState<string | null>(null)
  const [owner, setOwner] = useState<string | null>(me?.id ?? null)
  const make = useMutation({
    mutationFn: (anyway: boolean) => {
      const body: Schema<'NewClientInputBody'> = {
        kind, name: name.trim(), lang: me?.lang ?? 'ru', status: 'potential', details: given(details),
        ...(region === null ? {} : { region }),
        ...(source === null ? {} : { source }),
        ...(owner === null ? {} : { owner_id: owner }),
        ...(anyway ? { create_anyway: true } : {}),
      }
      return answer(api.POST('/api/v1/clients', { params: { header: { 'Idempotency-Key': request.key } }, body }))
    },
    onSuccess: (client) => {
      void queries.invalidateQueries({ queryKey: keys.clients })
      tell.done(t('made', { name: client.name }))
      onDone(client.id)
    },
    onError: request.refused,
  })
  const problem = make.error === null ? undefined : asApiError(make.error)
  const named = (entries: { key: string; name: string; archived: boolean }[]) => entries.filter((entry) => !entry.archived).map((entry) => ({ value: entry.key, label: entry.name }))
  return (
    <SmallForm problem={problem} told={ofField(problem) || problem?.code === 'possible_duplicates'} busy={make.isPending} submit={t('make')} onSubmit={() => make.mutate(false)} onCancel={onClose}>
      <SegmentedControl aria-label={t('kind')} value={kind} onChange={(value) => setKind(value)} data={(['company', 'individual'] as const).map((value) => ({ value, label: t(`kinds.${value}`) }))} />
      <TextInput label={t('name')} required data-autofocus maxLength={200} value={name} error={problem?.field('/name')} onChange={(event) => setName(event.currentTarget.value)} />
      <DetailsEditor details={details} onChange={setDetails} problem={problem} />
      <Group grow align="flex-start">
        <Select label={t('region')} searchable clearable clearButtonProps={{ 'aria-label': t('common:clear') }} nothingFoundMessage={t('common:list.nothing')} data={named(regions)} value={region} onChange={setRegion} error={problem?.field('/region')} />
        <Select label={t('source')} searchable clearable clearButtonProps={{ 'aria-label': t('common:clear') }} nothingFoundMessage={t('common:list.nothing')} data={named(sources)} value={source} onChange={setSource} error={problem?.field('/source')} />
      </Group>
      <UserPicker label={t('owner')} value={owner} onChange={setOwner} error={problem?.field('/owner_id')} />
      {problem?.code === 'possible_duplicates' && <Duplicates problem={problem} onChoose={onDone} onAnyway={() => make.mutate(true)} />}
    </SmallForm>
  )
}
