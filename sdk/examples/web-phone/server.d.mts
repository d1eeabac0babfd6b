/** What the web phone is started with. */
export interface PhoneOptions {
  /** The Clewline server that its logs go to, and a browser key of it. */
  server: string
  key: string
  app?: string
  /** 0, the default, is any port that is free. */
  port?: number
  host?: string
  /** Options of the page: `bodies` of requests, `rtcEvery` of webRTC. */
  options?: { bodies?: boolean | 'failed'; rtcEvery?: number }
}

/** A web phone that runs. */
export interface Phone {
  readonly url: string
  close(): Promise<void>
}

export const startPhone: (options: PhoneOptions) => Promise<Phone>
