const levels = ['debug', 'info', 'notice', 'warn', 'error', 'fatal']

/** By severity, as the server knows them. */
const levelSpellings = [
  'trace verbose dbg fine finer finest', 'information informational inf log', 'ntc', 'warning wrn', 'err severe',
  'critical crit alert emerg emergency panic ftl',
]

/** The severity of a level's name, in any spelling; -1 for none. */
export const severityOf = (name: string): number => {
  const low = name.replace(/[A-Z]+/g, (upper) => upper.toLowerCase())
  const at = levels.indexOf(low)
  return at < 0 && low ? levelSpellings.findIndex((line) => line.split(' ').includes(low)) : at
}

export const levelNames: readonly string[] = levels
