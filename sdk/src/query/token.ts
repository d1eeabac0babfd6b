/** Characters that are tokens of their own: scripts that put no spaces between words. */
const SINGLE = '[\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Hangul}\\p{sc=Thai}]'
/** Characters of words. */
export const WORD = `(?!${SINGLE})[\\p{L}\\p{M}\\p{N}_＿]`

const isASCII = /^[\0-\x7f]*$/ // eslint-disable-line no-control-regex
const single = /* @__PURE__ */ new RegExp(`^${SINGLE}`, 'u')
const word = /* @__PURE__ */ new RegExp(`^${WORD}$`, 'u')
const tokens = /* @__PURE__ */ new RegExp(`${SINGLE}|(?:${WORD})+`, 'gu')
const wide = /[０-９Ａ-Ｚａ-ｚ＿]/

const toHalf = (sign: string): string => String.fromCharCode(sign.charCodeAt(0) - 0xfee0)

const folded = /* @__PURE__ */ new Map<string, string>()

/** One character as the one that stands for all that simple case folding holds equal. */
const foldOne = (sign: string): string => {
  let fold = folded.get(sign)
  if (fold === undefined) {
    const upper = sign.toUpperCase()
    const one = upper.length === sign.length && sign !== 'ı' ? upper : sign
    const lower = one.toLowerCase()
    fold = lower.length === one.length ? lower : one
    if (folded.size < 5000) folded.set(sign, fold)
  }
  return fold
}

/** Without letter case, as RE2's (?i) has it; the same number of characters. */
export const foldCase = (text: string): string =>
  isASCII.test(text) ? text.toLowerCase() : text.replace(/[A-Z]|[^\0-\x7f\u3041-\u30ff\u4e00-\u9fff]/gu, foldOne) // eslint-disable-line no-control-regex

/** Without letter case and width: the form in which tokens are compared. */
export const fold = (text: string): string => foldCase(wide.test(text) ? text.replace(/[０-９Ａ-Ｚａ-ｚ＿]/g, toHalf) : text)

/** What stands for the text in half width, where it has wide letters or digits. */
export const halfWidth = (text: string): string | undefined => (wide.test(text) ? text.replace(/[！-～]/g, toHalf) : undefined)

export const isSingle = (token: string): boolean => single.test(token)
export const isWordSign = (sign: string): boolean => word.test(sign)

/** The tokens of a text, folded. */
export const tokensOf = (text: string): string[] => fold(text).match(tokens) ?? []
