import { build } from 'esbuild'

/** A fault of ours, put in on purpose: the harness must find it. */
export interface Mutant {
  readonly name: string
  readonly file: string
  readonly before: string
  readonly after: string
}

export const mutants: readonly Mutant[] = [
  {
    name: 'deletes before the acknowledgement',
    file: 'report/sender.ts',
    before: 'flights.set(batch.outbox, flight)',
    after: 'flights.set(batch.outbox, flight); options.store()?.acknowledged(batch.outbox.stream.id, batch.to, undefined, batch.closes)',
  },
  {
    name: 'gives a retry a new id',
    file: 'report/transport.ts',
    before: 'id: outbox.stream.id, from',
    after: 'id: outbox.stream.id.slice(0, 8) + Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join(""), from',
  },
  {
    name: 'gives out numbers in two steps',
    file: 'core/stream.ts',
    before: 'seq: ++stream.last',
    after: 'seq: (queueMicrotask(() => { stream.last++ }), stream.last + 1)',
  },
]

/** The page's script, as it is or with a fault in it. */
export const buildPage = async (mutant?: Mutant): Promise<string> => {
  let applied = !mutant
  const { outputFiles } = await build({
    entryPoints: ['e2e/faults/page.ts'],
    bundle: true, write: false, format: 'iife', target: 'es2020', logLevel: 'silent',
    plugins: [{
      name: 'mutant',
      setup({ onLoad }) {
        onLoad({ filter: /\.ts$/ }, async ({ path }) => {
          const { readFile } = await import('node:fs/promises')
          let contents = await readFile(path, 'utf8')
          if (mutant && path.endsWith(`/src/${mutant.file}`)) {
            applied = contents.includes(mutant.before)
            contents = contents.replace(mutant.before, mutant.after)
          }
          return { contents, loader: 'ts' }
        })
      },
    }],
  })
  if (!applied) throw new Error(`the mutant that ${mutant?.name ?? ''} has no place any more: ${mutant?.before ?? ''}`)
  return outputFiles?.[0]?.text ?? ''
}
