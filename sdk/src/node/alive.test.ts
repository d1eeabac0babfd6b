import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { createFolderLocks } from './alive'

let folder: string
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'clewline-alive-')) })
afterEach(() => { rmSync(folder, { recursive: true, force: true }) })

const open = () => createFolderLocks(folder, () => Date.now())
const names = async ({ locks }: ReturnType<typeof open>): Promise<(string | undefined)[]> =>
  (await locks.query()).held?.map(({ name }) => name).sort() ?? []

/** Holds a name until it is let go. */
const hold = (one: ReturnType<typeof open>, name: string): (() => Promise<void>) => {
  let free = (): void => {}
  const held = one.locks.request(name, () => new Promise<void>((resolve) => { free = resolve })) as Promise<void>
  return () => {
    free()
    return held
  }
}

test('a name is held from the call on until it is let go, and others see it', async () => {
  const [one, two] = [open(), open()]
  const free = hold(one, 'clewline:a')
  hold(two, 'clewline:b')
  expect(await names(one)).toEqual(['clewline:a', 'clewline:b'])
  expect(await names(two)).toEqual(['clewline:a', 'clewline:b'])
  await free()
  expect(await names(two)).toEqual(['clewline:b'])
  two.leave()
  expect(readdirSync(folder)).toEqual([])
})

/** What a holder in another process has written down. */
const holderOf = (pid: number): Record<string, unknown> => {
  const one = open()
  hold(one, 'clewline:template')
  const mine = JSON.parse(readFileSync(join(folder, 'template.alive'), 'utf8')) as Record<string, unknown>
  one.leave()
  return { ...mine, pid, began: undefined }
}

test('a process that died is dead at once, and its file goes', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  const holder = holderOf(child.pid as number)
  writeFileSync(join(folder, 'child.alive'), JSON.stringify(holder))
  const here = open()
  expect(await names(here)).toEqual(['clewline:child'])
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(await names(here)).toEqual([])
  expect(readdirSync(folder)).toEqual([])
})

test('a process that got the number of a dead one is not taken for it', async () => {
  writeFileSync(join(folder, 'reused.alive'), JSON.stringify({ ...holderOf(process.pid), began: '1' }))
  expect(await names(open())).toEqual(process.platform === 'linux' ? [] : ['clewline:reused'])
})

test.each([
  ['another machine or container', { place: 'elsewhere' }],
  ['a worker of a process that lives on', { pid: process.pid, thread: 7 }],
])('%s is believed for 90 s after its last beat', async (_, more) => {
  const path = join(folder, 'far.alive')
  writeFileSync(path, JSON.stringify({ ...holderOf(1), ...more }))
  const here = open()
  const ago = (seconds: number): void => utimesSync(path, Date.now() / 1000 - seconds, Date.now() / 1000 - seconds)
  ago(80)
  expect(await names(here)).toEqual(['clewline:far'])
  ago(100)
  expect(await names(here)).toEqual([])
})
