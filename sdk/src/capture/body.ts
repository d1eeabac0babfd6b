import type { Environment } from '../core/environment'
import { maskText } from './mask'

/** How long the head of a body is waited for, in ms. */
const PATIENCE = 3000

/** Whether a body of this content type is a text that has an end. */
export const isText = (type: string | null): boolean => /json|^text\/(?!event-stream)|xml|x-www-form-urlencoded/i.test(type ?? '')

/** The head of a body that is sent, masked; undefined for what is no text. */
export const headOf = (body: unknown, most: number): string | undefined =>
  typeof body === 'string' || body instanceof URLSearchParams ? maskText(String(body), most) : undefined

/** The first characters of an answer. The rest is not kept, nor waited for. */
export const readHead = async (env: Environment, response: Response, most: number): Promise<string> => {
  const reader = response.body?.getReader()
  if (!reader) return ''
  const decoder = new TextDecoder()
  let text = ''
  const end = (): void => void reader.cancel().catch(() => {})
  const cancel = env.timer(end, PATIENCE, true)
  try {
    while (text.length < most) {
      const { done, value } = await reader.read()
      if (done) break
      text += decoder.decode(value, { stream: true })
    }
  } finally {
    cancel()
    end()
  }
  return text.slice(0, most)
}
