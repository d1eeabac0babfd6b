import type { Environment } from '../core/environment'
import { microseconds, type Stream } from '../core/stream'
import type { KeepaliveBudget } from './keepalive'
import { createOutbox, type Batch, type BatchLimits, type Outbox } from './outbox'
import { supply } from './supply'
import { refusedDelay, retryDelay } from './pace'
import type { Outcome } from './reply'
import type { Flight, Sender, SenderOptions, Waiter } from './sending'
import { bytesOf, type Transport } from './transport'

/** Near real time: an event waits this long for company, in ms. */
const SOON = 1000
/** Alarms and errors do not wait, but storms of them are gathered for this long, in ms. */
const STORM = 200
/** What makes so many bytes on the wire is not held back; a batch is zipped to a few per cent, and each costs the page some ms. */
const FULL = 48 * 1024
/** A batch may turn out to be zipped worse than the one before: it is taken to shrink to an eighth at best. */
const MOST_RATIO = 8
/** What one batch holds; after a 413 it is less for a while. */
const BATCH_SIZE = 512 * 1024
const BATCH_EVENTS = 5000
/** The envelope of a keepalive request, in bytes. */
const ENVELOPE = 2000

export const createSender = (env: Environment, transport: Transport, budget: KeepaliveBudget, options: SenderOptions): Sender => {
  const outboxes: Outbox[] = [] // this page's own, oldest first, then adopted ones
  let waiters: Waiter[] = []
  const flights = new Map<Outbox, Flight>() // one a stream; several only while the page leaves
  let cancelTimer: (() => void) | undefined
  let timerAt = Infinity
  let dueAt = Infinity // when the next batch should leave, by the monotonic clock
  let notBefore = 0 // and when it may
  let asked = false // notBefore is the server's wish, not our own patience
  let failures = 0
  let refused = false
  let lastUrgent = -STORM
  let batchSize = BATCH_SIZE
  let batchEvents = BATCH_EVENTS
  let lastError: string | undefined
  let acknowledged = 0
  let dropped = 0
  let outliving = false // the page is hidden: requests should survive it
  let reading = false // from the device
  let missing = 0
  const adopted = new Set<Outbox>()

  const total = (): { events: number; characters: number } => {
    let events = 0
    let characters = 0
    for (const outbox of outboxes) {
      if (adopted.has(outbox)) continue // they are read a little at a time
      events += outbox.events
      characters += outbox.characters
    }
    return { events, characters }
  }

  const outboxOf = (stream: Stream): Outbox => {
    for (let i = outboxes.length - 1; i >= 0; i--) {
      const outbox = outboxes[i]
      if (outbox?.stream === stream) return outbox
    }
    const outbox = createOutbox(stream, options.maxEvents * 2)
    outboxes.splice(outboxes.length - adopted.size, 0, outbox)
    return outbox
  }

  /** Sees to it that pump runs when something is due and allowed. */
  const arm = (): void => {
    if (flights.size || reading || (dueAt === Infinity && !waiters.length)) return
    const at = Math.max(waiters.length ? 0 : dueAt, notBefore)
    if (at >= timerAt) return
    cancelTimer?.()
    timerAt = at
    const pumpLater = (): void => {
      timerAt = Infinity
      pump()
    }
    // A process may end while we wait for a server that fails; not before a first try.
    cancelTimer = env.timer(pumpLater, Math.max(0, at - env.mono()), failures > 0)
  }

  const due = (at: number): void => {
    if (at < dueAt) {
      dueAt = at
      arm()
    }
  }

  const answerWaiters = (failed: boolean): void => {
    waiters = waiters.filter(({ upTo, resolve }) => {
      const waits = [...upTo].some(([outbox, seq]) => outbox.first() <= seq)
      if (waits && !failed) return true
      resolve(!waits)
      return false
    })
  }

  const nextOutbox = (): Outbox | undefined => {
    for (let i = outboxes.length - 1; i >= 0; i--) {
      const outbox = outboxes[i] as Outbox
      if (!outbox.done()) continue
      outboxes.splice(i, 1)
      adopted.delete(outbox)
    }
    return outboxes.find((one) => one.ready() || (waiters.length > 0 && one.first() < Infinity))
  }

  /** Sends the batch and follows it, unless the page leaves and another request takes over. */
  const launch = (batch: Batch, keepalive: boolean): boolean => {
    const sending = transport.send(batch, keepalive)
    if (!sending) return false
    const flight: Flight = { batch, sending, keepalive }
    flights.set(batch.outbox, flight)
    void sending.outcome.then((outcome) => {
      if (flights.get(batch.outbox) !== flight) return
      flights.delete(batch.outbox)
      settle(batch, outcome)
    })
    return true
  }

  const outlivingLimits = (): BatchLimits =>
    ({ events: batchEvents, size: Math.min(batchSize, budget.room() - ENVELOPE), measure: (event) => bytesOf(event.line) })

  const pump = (): void => {
    const now = env.mono()
    if (flights.size || reading) return
    if (now < notBefore || (now < dueAt && !waiters.length)) return arm()
    const small = outlivingLimits()
    const keepalive = outliving && small.size > 0
    const outbox = nextOutbox()
    if (outbox?.wants()) {
      reading = true
      return void supply(env, outbox, options).then((lost) => {
        missing += lost
        reading = false
        due(0)
        pump()
      })
    }
    const batch = outbox?.take(keepalive ? small : { events: batchEvents, size: batchSize, measure: (event) => event.size + 1 })
    if (!batch) {
      dueAt = Infinity
      return answerWaiters(false)
    }
    const more = outboxes.some((one) => one.ready() && (one !== batch.outbox || one.reaches() > batch.to))
    dueAt = more ? now : Infinity
    if (!keepalive || !launch(batch, true)) launch(batch, false)
  }

  const failed = (message: string, delay: number): void => {
    lastError = message
    notBefore = env.mono() + delay
    dueAt = Math.min(dueAt, notBefore)
    answerWaiters(true)
    arm()
  }

  const settle = (batch: Batch, outcome: Outcome): void => {
    const { outbox } = batch
    const covered = outbox.settle(outcome.kind === 'stored' ? outcome.acknowledged : [])
    asked = false
    refused = outcome.kind === 'refused'
    if (outcome.kind === 'stored' && covered > 0) {
      acknowledged += covered
      failures = 0
      lastError = undefined
      outbox.offset ??= outcome.offset
      batchSize = Math.min(BATCH_SIZE, batchSize * 1.05)
      batchEvents = Math.min(BATCH_EVENTS, Math.ceil(batchEvents * 1.05))
      notBefore = outcome.wait ? env.mono() + outcome.wait : 0
      answerWaiters(false)
      if (outbox.first() <= batch.to) dueAt = 0 // the rest of the batch
      options.store()?.acknowledged(outbox.stream.id, outbox.acknowledged(), outbox.offset, outbox.ended())
      outcome.commands.forEach(options.command)
      return pump()
    }
    failures++
    switch (outcome.kind) {
      case 'stored':
        return failed('the server acknowledged nothing of the batch', retryDelay(failures, env.chance()))
      case 'tooLarge':
        return tooLarge(batch, outcome.message)
      case 'refused':
        options.warn(outcome.message)
        asked = true
        return failed(outcome.message, refusedDelay(failures, env.chance()))
      default: {
        if (failures === 3) options.warn(outcome.message)
        const patience = retryDelay(failures, env.chance())
        asked = outcome.after !== undefined
        return failed(outcome.message, outcome.after === undefined ? patience : outcome.after + env.chance() * SOON)
      }
    }
  }

  /** Half as much next time; what is alone and still too large cannot be sent at all. */
  const tooLarge = (batch: Batch, message: string): void => {
    const { events, outbox } = batch
    const [only] = events
    if (events.length > 1) {
      batchEvents = Math.ceil(events.length / 2)
      batchSize = Math.max(1, Math.min(batchSize, events.reduce((sum, event) => sum + event.size + 1, 0)) / 2)
      return failed(message, 0)
    }
    if (only) dropped += outbox.dropBelow(only.seq + 1)
    failed(message, retryDelay(failures, env.chance()))
  }

  const makeRoom = (): void => {
    let { events, characters } = total()
    if (events <= options.maxEvents && characters <= options.maxCharacters) return
    const store = options.store()
    if (store) {
      // It is safe on the device, and read again when its turn comes.
      for (const outbox of outboxes) if (!adopted.has(outbox)) outbox.spill(store.durable(outbox.stream))
      ;({ events, characters } = total())
    }
    for (const outbox of outboxes) {
      while (!adopted.has(outbox) && (events > options.maxEvents || characters > options.maxCharacters)) {
        const before = outbox.characters
        if (!outbox.dropOldest()) break
        dropped++
        events--
        characters -= before - outbox.characters
      }
    }
  }

  return {
    add(event) {
      const outbox = outboxOf(event.stream)
      outbox.add(event)
      makeRoom()
      const now = env.mono()
      if (event.urgent) {
        const at = Math.max(now, lastUrgent + STORM)
        if (at < dueAt) lastUrgent = at
        due(at)
      } else due(outbox.waiting() >= FULL * Math.min(MOST_RATIO, transport.ratio) ? now : now + SOON)
    },

    omit(stream, from, to, reason) {
      outboxOf(stream).omit(from, to, reason)
    },

    closed(stream) {
      if (outboxOf(stream).ready()) due(env.mono())
    },

    adopt({ id, last: highest, acked, closed: end, offset, ended }) {
      if (ended || outboxes.some(({ stream }) => stream.id === id)) return
      const last = Math.max(highest, end ?? 0)
      if (!last) return
      const outbox = createOutbox({ id, last, closed: true, now: () => microseconds(env.now()) }, options.maxEvents, end === undefined ? 'adopter' : 'self')
      outbox.offset = offset
      outbox.stored(Math.min(acked + 1, last), last) // all is there but the end: the last goes once more
      outboxes.push(outbox)
      adopted.add(outbox)
      due(env.mono())
    },

    disown() {
      for (const outbox of adopted) {
        if (flights.has(outbox)) continue
        outboxes.splice(outboxes.indexOf(outbox), 1)
        adopted.delete(outbox)
      }
    },

    flush() {
      const upTo = new Map<Outbox, number>()
      for (const outbox of outboxes) {
        if (outbox.first() < Infinity && !adopted.has(outbox)) upTo.set(outbox, outbox.stream.last)
      }
      if (!upTo.size) return Promise.resolve(true)
      if (asked && notBefore > env.mono()) return Promise.resolve(false)
      return new Promise((resolve) => {
        waiters.push({ upTo, resolve })
        if (failures) notBefore = 0 // our own patience only
        arm()
      })
    },

    status() {
      const { events, characters } = total()
      const wait = notBefore - env.mono()
      return {
        buffered: events, characters, acknowledged, dropped, missing, failures, refused, lastError,
        adopted: [...adopted].filter((outbox) => !outbox.done()).length,
        sending: flights.size > 0,
        retryIn: failures && wait > 0 ? wait : undefined,
        offset: outboxes[outboxes.length - adopted.size - 1]?.offset,
      }
    },

    wake() {
      outliving = env.document?.visibilityState === 'hidden'
      if (asked || !failures) return
      notBefore = 0
      due(env.mono())
    },

    hidden() {
      outliving = true
      if (asked || !outboxes.some((one) => one.ready())) return
      notBefore = 0
      due(env.mono())
      pump()
    },

    leave(forGood) {
      outliving = true
      if (refused) return
      for (const outbox of outboxes) {
        const flight = flights.get(outbox)
        if (flight?.keepalive && !forGood) continue
        if (flight) {
          // An ordinary request dies with the page; it may have arrived, and what is sent
          // twice is stored once. One that outlives the page is as good as sent: if it
          // fails after all, the server sees by the numbers what is missing.
          const { batch, keepalive, sending } = flight
          flights.delete(outbox)
          outbox.settle(keepalive ? [[batch.from, batch.to]] : [])
          if (!keepalive) sending.abort()
        }
        const limits = outlivingLimits()
        if (limits.size <= 0 || !outbox.ready()) continue
        if (forGood && !options.store()) dropped += outbox.keepNewest(limits) // else the next page sends the rest
        const batch = outbox.take(limits)
        if (batch && !launch(batch, true)) outbox.settle([])
      }
    },
  }
}
