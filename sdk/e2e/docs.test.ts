import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { startClewline, type Clewline } from './clewline'

// The page on migration is true: its programs run as they stand, and what they log is found by the query behind each.
const run = promisify(execFile)
const { resolve } = createRequire(import.meta.url)
let clewline: Clewline
let folder: string

beforeAll(async () => {
  clewline = await startClewline()
  folder = await mkdtemp(join(tmpdir(), 'clewline-docs-'))
  const modules = join(folder, 'node_modules')
  await mkdir(modules)
  await symlink(process.cwd(), join(modules, 'clewline'))
  // As npm would lay them out: beside what they need.
  for (const name of ['pino', 'loglevel']) await symlink(join(resolve(`${name}/package.json`), '..'), join(modules, name))
})
afterAll(async () => {
  await clewline.stop()
  await rm(folder, { recursive: true, force: true })
})

const page = await readFile('../docs/sdk/migration.md', 'utf8')
const programs = page.split(/^## /m).slice(1).flatMap((section) => {
  const [, code] = /^```js\n(.*?)^```$/ms.exec(section) ?? []
  const [, query] = /^Find it: `(.*)`$/m.exec(section) ?? []
  return code ? [{ title: section.slice(0, section.indexOf('\n')), code, query }] : []
})

test('the page has a program for each of the three', () => {
  expect(programs.map(({ title }) => title)).toEqual(['console', 'loglevel', 'pino'])
})

test.each(programs)('$title: the program runs as it stands, and what it logs is found', async ({ title, code, query = '' }) => {
  const file = join(folder, `${title}.mjs`)
  await writeFile(file, code)
  const env = { ...process.env, CLEWLINE_SERVER: clewline.url, CLEWLINE_KEY: clewline.browserKey }
  const { stdout, stderr } = await run(process.execPath, [file], { cwd: dirname(file), env })
  expect(stdout).toContain('seat')
  expect(stderr).not.toContain('clewline:')
  expect(await clewline.find(query, 1)).toHaveLength(1)
  const all = await clewline.search(`app:was-${title}`)
  expect(all.map(({ msg, level, label, callId }) => [msg, level, label, callId]).reverse()).toEqual({
    console: [['seat 41 is free', 'info', 'console', undefined], ['ticket expires in 60 s', 'warn', 'console', undefined], ['Error: ticket expired', 'error', 'console', undefined]],
    loglevel: [['seat is free', 'info', 'root', undefined], ['ticket expires', 'warn', 'ticket', undefined]],
    pino: [['seat is free', 'info', 'pino', 'c-17'], ['ticket expired', 'error', 'pino', undefined]],
  }[title])
})
