import { expect, test } from 'vitest'

import { createTracker } from '../core/tracker'
import { createVirtualTime } from '../testing/virtualTime'
import { logViewer, type ViewerOptions } from './logViewer'

const setUp = (options: ViewerOptions = {}) => {
  const T = createTracker({ ...createVirtualTime().env, console: undefined, page: () => undefined })
  return { T, viewer: T.$use(logViewer, options), t: new T('call') }
}

test('the newest events are held, and no more of them', () => {
  const { T, viewer, t } = setUp({ keep: 10 })
  for (let i = 0; i < 1000; i++) t.$log(`event ${i}`)
  expect(viewer.status()).toMatchObject({ open: false })
  expect(viewer.status().held).toBeLessThanOrEqual(12)
  expect(T.$status().faults).toBe(0)
})

test('what was logged before the viewer came is held too', () => {
  const T = createTracker({ ...createVirtualTime().env, console: undefined, page: () => undefined })
  new T('call').$log('early')
  expect(T.$use(logViewer, {}).status().held).toBe(1)
})

test('a panel that cannot be had is told once, and harms nobody', async () => {
  const { T, viewer, t } = setUp() // there is no document here
  await expect(viewer.open()).rejects.toThrow()
  await expect(viewer.open()).rejects.toThrow()
  t.$log('still')
  expect(T.$status()).toMatchObject({ faults: 0, warnings: [expect.stringContaining('the log viewer could not be loaded')] })
  viewer.close()
  viewer.stop()
  t.$log('after')
  expect(viewer.status()).toEqual({ open: false, held: 0 })
})
