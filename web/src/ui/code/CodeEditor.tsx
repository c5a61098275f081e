import { autocompletion, type CompletionSource } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { yaml } from '@codemirror/lang-yaml'
import { bracketMatching, foldGutter, foldKeymap, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from '@codemirror/language'
import { lintGutter, lintKeymap, setDiagnostics, type Diagnostic } from '@codemirror/lint'
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search'
import { Compartment, EditorState, type Text } from '@codemirror/state'
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { getNonce } from 'get-nonce'
import { useEffect, useImperativeHandle, useRef, type Ref } from 'react'
import { useTranslation } from 'react-i18next'

/** What is wrong with a text, or worth a look, at a line and a column, both from 1. */
export interface Mark {
  line: number
  column: number
  message: string
  severity: 'error' | 'warning'
}

/** What one can have an editor do. */
export interface Code {
  /** Puts the caret there and shows the place. */
  goTo: (line: number, column?: number) => void
}

interface Props {
  label: string
  value: string
  /** Missing: the text can only be read. */
  onChange?: (text: string) => void
  marks?: readonly Mark[]
  /** What can be written where the caret is; Ctrl and space, or typing, offers it. */
  complete?: CompletionSource | undefined
  height?: string
  ref?: Ref<Code>
}

const look = EditorView.theme({
  '&': { height: '100%', fontSize: '13px', backgroundColor: 'var(--surface)', color: 'var(--mantine-color-text)' },
  '.cm-content': { fontFamily: 'var(--mantine-font-family-monospace)', caretColor: 'var(--mantine-color-text)' },
  '.cm-gutters': { backgroundColor: 'var(--quiet)', color: 'var(--mantine-color-dimmed)', borderRight: '1px solid var(--line)' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'color-mix(in srgb, var(--mantine-color-route-5) 10%, transparent)' },
  '.cm-cursor': { borderLeftColor: 'var(--mantine-color-text)' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground': { backgroundColor: 'color-mix(in srgb, var(--mantine-color-route-5) 30%, transparent) !important' },
  '.cm-tooltip, .cm-panels': { backgroundColor: 'var(--surface)', color: 'var(--mantine-color-text)', border: '1px solid var(--line)' },
  '.cm-panels button, .cm-panels input': { backgroundColor: 'var(--quiet)', backgroundImage: 'none', color: 'var(--mantine-color-text)', border: '1px solid var(--line)' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': { backgroundColor: 'var(--mantine-primary-color-filled)', color: 'var(--mantine-color-white)' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mantine-font-family-monospace)', maxWidth: 'min(560px, 90vw)' },
  '.cm-completionDetail': { fontFamily: 'var(--mantine-font-family)', fontStyle: 'normal', opacity: 0.85 },
  '.cm-foldPlaceholder': { backgroundColor: 'var(--quiet)', color: 'var(--mantine-color-dimmed)', border: 'none' },
})

const color = (name: string) => `light-dark(var(--mantine-color-${name}-9), var(--mantine-color-${name}-3))`
const colors = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: color('route') },
  { tag: [tags.string, tags.special(tags.string), tags.content], color: 'var(--mantine-color-text)' },
  { tag: [tags.number, tags.bool, tags.keyword], color: color('blue') },
  { tag: tags.comment, color: 'var(--mantine-color-dimmed)', fontStyle: 'italic' },
  { tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace], color: 'var(--mantine-color-dimmed)' },
])

/** CodeEditor is a text of YAML with line numbers, colours, search, and what is wrong marked where it stands (issue 5, R53). */
export default function CodeEditor({ label, value, onChange, marks = none, complete, height = '60vh', ref }: Props) {
  const { t, i18n } = useTranslation('maps')
  const host = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(null)
  const words = useRef(new Compartment())
  const past = useRef(new Compartment())
  const offers = useRef(complete)
  const changed = useRef(onChange)
  useEffect(() => {
    changed.current = onChange
    offers.current = complete
  })

  const readOnly = onChange === undefined
  useEffect(() => {
    if (host.current === null) return
    const editor = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: '',
        extensions: [
          EditorView.cspNonce.of(getNonce() ?? ''),
          lineNumbers(), foldGutter(), lintGutter(), past.current.of(history()), drawSelection(), indentOnInput(), bracketMatching(), highlightSelectionMatches(),
          highlightActiveLine(), highlightActiveLineGutter(), yaml(), indentUnit.of('  '), syntaxHighlighting(colors), look,
          keymap.of([...defaultKeymap, ...historyKeymap, ...searchKeymap, ...foldKeymap, ...lintKeymap, ...(readOnly ? [] : [indentWithTab])]),
          EditorState.readOnly.of(readOnly),
          words.current.of([]),
          ...(readOnly ? [] : [autocompletion({ icons: false, override: [(context) => offers.current?.(context) ?? null] })]),
          EditorView.updateListener.of((update) => {
            if (update.docChanged && !update.transactions.some((one) => one.isUserEvent('set'))) changed.current?.(update.state.doc.toString())
          }),
        ],
      }),
    })
    view.current = editor
    return () => {
      view.current = null
      editor.destroy()
    }
  }, [readOnly])

  // The editor's own words are in the language of the page.
  useEffect(() => {
    const phrases = t('editor.phrases', { returnObjects: true })
    view.current?.dispatch({
      effects: words.current.reconfigure([
        EditorState.phrases.of(Object.fromEntries(names.map((name) => [name, phrases[name]]))),
        EditorView.contentAttributes.of({ 'aria-label': label, 'aria-multiline': 'true', tabindex: '0', spellcheck: 'false', autocorrect: 'off', autocapitalize: 'off' }),
      ]),
    })
  }, [t, i18n.language, label, readOnly])

  // A text from elsewhere (another version, what was discarded) takes the place of what stands here. It has no past: what is undone would
  // be the text before it, which is of another version.
  useEffect(() => {
    const editor = view.current
    if (editor === null || editor.state.doc.toString() === value) return
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value }, userEvent: 'set', effects: past.current.reconfigure([]) })
    editor.dispatch({ effects: past.current.reconfigure(history()) })
  }, [value, readOnly])

  useEffect(() => {
    const editor = view.current
    if (editor === null) return
    editor.dispatch(setDiagnostics(editor.state, marks.map((mark) => place(editor.state.doc, mark)).sort((a, b) => a.from - b.from)))
  }, [marks, value, readOnly])

  useImperativeHandle(ref, () => ({
    goTo: (line, column = 1) => {
      const editor = view.current
      if (editor === null) return
      const at = offset(editor.state.doc, line, column)
      editor.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: 'center' }) })
      editor.focus()
    },
  }))
  return <div ref={host} style={{ height, overflow: 'hidden', border: '1px solid var(--line)', borderRadius: 'var(--mantine-radius-md)' }} />
}

const none: readonly Mark[] = []

// The editor's own texts that can be met here; each has its words in maps.json.
const names = ['Find', 'Replace', 'next', 'previous', 'all', 'match case', 'regexp', 'by word', 'replace', 'replace all', 'close', 'Fold line', 'Unfold line', 'folded code', 'unfold', 'to', 'No diagnostics', 'Diagnostics', 'Go to line', 'go', 'current match', 'on line', 'replaced match on line $', 'replaced $ matches', 'Completions'] as const

/** place is a mark where it stands: from there to the end of the word. */
function place(doc: Text, mark: Mark): Diagnostic {
  const from = offset(doc, mark.line, mark.column)
  const line = doc.lineAt(from)
  const word = /^[^\s,{}[\]:]+/.exec(line.text.slice(from - line.from))
  return { from, to: Math.min(line.to, from + Math.max(1, word?.[0].length ?? 1)), severity: mark.severity, message: mark.message }
}

function offset(doc: Text, line: number, column: number): number {
  const found = doc.line(Math.min(Math.max(1, line), doc.lines))
  return Math.min(found.to, found.from + Math.max(0, column - 1))
}
