import { readFileSync } from 'node:fs'

import ts from 'typescript'
import { expect, test } from 'vitest'

// Every option that a plugin's types have is told of on its page.
const plugins: [types: string, file: string, page: string][] = [
  ['TrackerOptions', 'core/tracker.ts', 'sdk.md'],
  ['Fields', 'core/event.ts', 'sdk.md'],
  ['Context', 'core/event.ts', 'sdk.md'],
  ['DataOptions', 'data/logData.ts', 'sdk/log-data.md'],
  ['ReportOptions', 'report/logReport.ts', 'sdk/log-report.md'],
  ['ConsoleOptions', 'console/captureConsole.ts', 'sdk/console.md'],
  ['NodeOptions', 'node/node.ts', 'sdk/node.md'],
  ['PushOptions', 'push/logPush.ts', 'sdk/log-push.md'],
  ['ViewerOptions', 'viewer/logViewer.ts', 'sdk/log-viewer.md'],
  ['ReplayOptions', 'replay/domReplay.ts', 'sdk/dom-replay.md'],
  ['CaptureOptions', 'capture/watch.ts', 'sdk/capture.md'],
  ['PageOptions', 'capture/pageEvents.ts', 'sdk/capture.md'],
  ['RequestOptions', 'capture/requests.ts', 'sdk/capture.md'],
  ['PushOptions', 'capture/pushEvents.ts', 'sdk/capture.md'],
  ['CallOptions', 'capture/callStatus.ts', 'sdk/capture.md'],
  ['WebSocketOptions', 'capture/webSockets.ts', 'sdk/capture.md'],
  ['WebRTCOptions', 'capture/webRTC.ts', 'sdk/capture.md'],
]

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')

/** The members that an interface names itself. */
const membersOf = (file: string, name: string): string[] => {
  const source = ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest)
  const found = source.statements.find((one): one is ts.InterfaceDeclaration => ts.isInterfaceDeclaration(one) && one.name.text === name)
  return (found?.members ?? ts.factory.createNodeArray<ts.TypeElement>()).map((member) => (member.name as ts.Identifier).text)
}

/** What stands between backticks, in blocks as well as in sentences. */
const codeOf = (page: string): string => [...page.matchAll(/```.*?```|`[^`\n]+`/gs)].map(([code]) => code).join('\n')

test.each(plugins)('%s of %s is told of in docs/%s', (name, file, page) => {
  const members = membersOf(`./${file}`, name)
  if (name !== 'CallOptions' && name !== 'PushOptions') expect(members).not.toEqual([])
  const code = codeOf(read(`../../docs/${page}`))
  expect(members.filter((member) => !new RegExp(`\\b${member}\\b`).test(code))).toEqual([])
})

test('every entry of the package has its page, and the index leads to all pages', () => {
  const { exports } = JSON.parse(read('../package.json')) as { exports: Record<string, unknown> }
  const entries = Object.keys(exports).map((name) => name.slice(2)).filter((name) => name && !name.endsWith('.json'))
  const index = read('../../docs/sdk.md')
  for (const entry of entries) {
    expect(read(`../../docs/sdk/${entry}.md`), entry).toContain(`clewline/${entry}`)
    expect(index, entry).toContain(`sdk/${entry}.md`)
  }
})
