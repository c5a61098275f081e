import hooks from 'eslint-plugin-react-hooks'
import ts from 'typescript-eslint'

export default ts.config(
  { ignores: ['dist', 'src/api/schema.ts', 'node_modules'] },
  ...ts.configs.recommendedTypeChecked,
  ...ts.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['eslint.config.js'] }, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'react-hooks': hooks },
    rules: {
      ...hooks.configs.recommended.rules,
      // Types say what there is to say of shapes; both forms read well.
      '@typescript-eslint/consistent-type-definitions': 'off',
      // Handlers of events may be async; what goes wrong in them is shown where it is sent (see api/send).
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/no-floating-promises': ['error', { ignoreVoid: true }],
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true, boolean: true } }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // Text from elsewhere is text: nothing is put into the page as HTML.
      'no-restricted-syntax': ['error', { selector: 'JSXAttribute[name.name="dangerouslySetInnerHTML"]', message: 'Show text as text.' }],
      'no-console': 'error',
      'no-restricted-imports': ['error', { paths: [{ name: '@tanstack/react-query', importNames: ['useMutation'], message: 'Ours, of @/api/useMutation, does once what is clicked twice.' }] }],
    },
  },
  { files: ['src/api/useMutation.ts'], rules: { 'no-restricted-imports': 'off' } },
  { files: ['eslint.config.js'], ...ts.configs.disableTypeChecked },
)
