/** The shortest password that the server takes, in characters as people count them. */
export const shortestPassword = 12;

/** The longest one, in bytes: more would only be a way to keep the server busy. */
export const longestPassword = 1024;

/** What a password is judged by while it is typed. */
export interface PasswordCheck {
  /** Characters, not UTF-16 units: an emoji counts once, so does a Chinese character. */
  length: number;
  longEnough: boolean;
  /** It is, or repeats, the account's name, or is one character over and over. */
  guessable: boolean;
  /** 0 to 4 bars: how far towards long enough, then how far beyond. */
  bars: 0 | 1 | 2 | 3 | 4;
  ok: boolean;
}

/**
 * checkPassword applies the one rule that helps: length. Classes of signs are
 * not asked for, they only make passwords that people write on paper.
 */
export function checkPassword(password: string, account: string): PasswordCheck {
  const signs = Array.from(password.normalize("NFC"));
  const length = signs.length;
  const longEnough = length >= shortestPassword && new TextEncoder().encode(password).length <= longestPassword;
  const guessable = length > 0 && (isRepetition(signs) || isMadeOf(password, account));
  const bars = length === 0 ? 0 : guessable || length < shortestPassword / 2 ? 1 : !longEnough ? 2 : length < 16 ? 3 : 4;
  return { length, longEnough, guessable, bars, ok: longEnough && !guessable };
}

/** isRepetition says whether at most two different signs make the whole. */
function isRepetition(signs: string[]): boolean {
  return signs.length > 2 && new Set(signs).size <= 2;
}

function isMadeOf(password: string, account: string): boolean {
  const name = account.trim().toLowerCase();
  if (name.length < 3) return false;
  return password.toLowerCase().split(name).join("").length <= 2;
}
