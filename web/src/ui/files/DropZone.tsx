import { Button, Group, Text } from '@mantine/core'
import { useRef, useState, type ReactNode } from 'react'

import classes from './DropZone.module.css'

interface Props {
  text: string
  choose: string
  multiple?: boolean
  /** What the chooser offers first: ".csv,.xlsx". */
  accept?: string
  disabled?: boolean
  onFiles: (files: File[]) => void
  children?: ReactNode
}

/** DropZone takes files that are dropped on it or chosen. */
export function DropZone({ text, choose, multiple = false, accept, disabled = false, onFiles, children }: Props) {
  const input = useRef<HTMLInputElement>(null)
  const [over, setOver] = useState(false)
  return (
    <div
      className={classes.zone}
      data-over={over || undefined}
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault()
        setOver(false)
        const dropped = [...event.dataTransfer.files]
        if (!disabled && dropped.length > 0) onFiles(multiple ? dropped : dropped.slice(0, 1))
      }}
    >
      <Group justify="space-between" gap="xs">
        <Text size="sm" style={{ flex: '1 1 160px' }}>
          {text}
        </Text>
        <Button variant="default" disabled={disabled} onClick={() => input.current?.click()}>
          {choose}
        </Button>
        <input
          ref={input}
          type="file"
          multiple={multiple}
          accept={accept}
          hidden
          aria-label={choose}
          onChange={(event) => {
            onFiles([...(event.currentTarget.files ?? [])])
            event.currentTarget.value = ''
          }}
        />
      </Group>
      {children}
    </div>
  )
}
