import { readFileSync } from 'node:fs'

import { expect, test } from 'vitest'

import { version } from './version'

test('the envelope names the version of the package', () => {
  expect(JSON.parse(readFileSync('package.json', 'utf8'))).toMatchObject({ version })
})
