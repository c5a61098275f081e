import { TextInput, type TextInputProps } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

interface Props extends Omit<TextInputProps, 'value' | 'onChange'> {
  value: string
  onChange: (text: string) => void
}

/** SearchField looks for what is typed once one pauses; what is typed stays in it meanwhile. */
export function SearchField({ value, onChange, ...props }: Props) {
  const { t } = useTranslation()
  const [typed, setTyped] = useState<string>()
  const send = useDebouncedCallback(onChange, 250)
  return (
    <TextInput
      label={t('search')}
      leftSection={<IconSearch size={16} aria-hidden />}
      maxLength={200}
      {...props}
      value={typed ?? value}
      onChange={(event) => {
        setTyped(event.currentTarget.value)
        send(event.currentTarget.value)
      }}
      onBlur={() => {
        send.flush()
        setTyped(undefined)
      }}
    />
  )
}
