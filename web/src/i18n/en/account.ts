/** Log in, and the parts of forms that other pages share. */
export const account = {
  "login.title": "Log in",
  "login.heading": "Log in to {host}",
  "login.yours": "This server is your own; nothing goes anywhere else.",
  "login.account": "Account",
  "login.password": "Password",
  "login.go": "Log in",
  "login.opensNext": "opens next: the page that you asked for",
  "login.nextOther": "The page",
  "login.mismatch": "That did not match.",
  "login.offline": "The server does not answer. What you typed is kept; try again in a moment.",
  "login.paused": { one: "Too many tries. The next one is possible in {n} second.", other: "Too many tries. The next one is possible in {n} seconds." },
  "login.pauseOver": "The pause is over: try again.",
  "password.show": "Show the password",
  "password.hide": "Hide the password",
  "password.caps": "Caps Lock is on.",
  "steps.done": "(done)",
} as const;
