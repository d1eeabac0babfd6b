import { defineConfig } from 'tsdown'

const common = { target: 'es2020', platform: 'neutral', sourcemap: true, deps: { neverBundle: /^node:/ } } as const

export default defineConfig([
  {
    ...common,
    entry: { index: 'src/index.ts', capture: 'src/capture.ts', 'dom-replay': 'src/dom-replay.ts', 'log-data': 'src/log-data.ts', 'log-push': 'src/log-push.ts', 'log-report': 'src/log-report.ts', 'log-viewer': 'src/log-viewer.ts', console: 'src/console.ts', node: 'src/node.ts' },
    format: ['esm', 'cjs'],
    dts: true,
    outputOptions: { exports: 'named' },
    fixedExtension: false,
    clean: true,
  },
  {
    ...common,
    entry: { clewline: 'src/iife.ts' },
    format: 'iife',
    globalName: 'Clewline',
    minify: true,
    dts: false,
    clean: false,
    outputOptions: { entryFileNames: 'clewline.iife.js', codeSplitting: false },
  },
  {
    ...common,
    entry: { capture: 'src/capture.ts' },
    format: 'iife',
    globalName: 'ClewlineCapture',
    minify: true,
    dts: false,
    clean: false,
    outputOptions: { entryFileNames: 'clewline-capture.iife.js', codeSplitting: false },
  },
  {
    ...common,
    entry: { push: 'src/log-push.ts' },
    format: 'iife',
    globalName: 'ClewlinePush',
    minify: true,
    dts: false,
    clean: false,
    outputOptions: { entryFileNames: 'clewline-push.iife.js', codeSplitting: false, exports: 'named' },
  },
])
