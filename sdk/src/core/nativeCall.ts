/** A function of the platform, what it is called on, and its arguments. */
export type NativeCall = readonly [fn: unknown, self: unknown, args: readonly unknown[]]

interface Slot {
  count: number
  decide: (args: unknown[]) => NativeCall
  length: number
  [index: number]: unknown
}

const { apply } = Reflect

/** Does nothing; a function of the platform, so that it leaves no frame. */
export const silence: NativeCall = [Function.prototype, undefined, []]

const spare: Slot[] = []

const open = (): Slot => {
  const slot = Object.create(null) as Slot
  return Object.defineProperty(slot, 'length', {
    get() {
      const args: unknown[] = []
      for (let i = 0; i < slot.count; i++) args.push(slot[i])
      let call = silence
      try {
        call = slot.decide(args)
      } catch {
        // Nothing of ours may reach the caller.
      }
      for (let i = 0; i < 3 || i < slot.count; i++) slot[i] = call[i] // what is left of the arguments goes
      spare.push(slot)
      return 3
    },
    set: apply.bind(null, apply, undefined, slot as never),
  })
}

/**
 * A function that hands its arguments to decide and then makes the call that
 * decide answers, with no JavaScript frame of ours on the stack: a console
 * called this way shows the caller's own file and line.
 *
 * It works because V8 shows the inspector only frames of scripts. `Array.of`
 * constructs an object of ours (a slot), fills in the arguments and sets
 * `length`; the setter is a bound `Reflect.apply` of `Reflect.apply` on the slot,
 * which first reads the slot's `length` (our getter decides, and returns) and then
 * makes the call. Each call under way has a slot of its own, so that a getter of an
 * argument may log as well.
 */
export const nativeCall = (decide: (args: unknown[]) => NativeCall): ((...args: unknown[]) => void) =>
  Array.of.bind(function (count: number) {
    const slot = spare.pop() ?? open()
    slot.count = count
    slot.decide = decide
    return slot
  } as never) as never

/** Several calls of the platform as one, in order, still without a frame of ours. */
export const inOrder = (calls: readonly NativeCall[]): NativeCall =>
  [Array.prototype.forEach, calls.map(([fn, self, args]) => apply.bind(null, fn as never, self, args as never)), [apply]]

/** Makes the call the ordinary way. */
export const makeCall = ([fn, self, args]: NativeCall): void => {
  apply(fn as never, self, args)
}
