// What we use of it. The package is an optional peer: our types must not need it.
declare module '@rrweb/record' {
  export const record: import('./domReplay').Recorder
}
