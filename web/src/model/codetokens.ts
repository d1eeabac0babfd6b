/** The languages of our snippets. */
export type CodeLanguage = "js" | "html" | "sh" | "python" | "go";

/** A stretch of a snippet and what it is; plain text has no kind. */
export interface CodeToken {
  readonly text: string;
  readonly kind?: "comment" | "string" | "keyword" | "call";
}

const words: Record<CodeLanguage, string> = {
  js: "import|from|new|const|await|async|function|return|if|export|default",
  html: "import|from|new|const|await",
  python: "import|from|as|with|print|def|for|in|if|None|True|False",
  go: "package|import|func|if|err|nil|defer|return|panic",
  sh: "curl|clewline|npm|echo|export|printf|cat|node|python3|go",
};

const comments: Record<CodeLanguage, string> = {
  js: "//[^\\n]*", html: "<!--[\\s\\S]*?-->|(?<![:\\w'\"])//[^\\n]*", python: "#[^\\n]*", go: "//[^\\n]*", sh: "(?<=^|\\s)#[^\\n]*",
};

/**
 * codeTokens colours a snippet. It knows what our own snippets use, not the
 * languages: a wrong guess costs a colour, never a character.
 */
export function codeTokens(code: string, language: CodeLanguage): CodeToken[] {
  const strings = language === "sh" ? `'[^']*'|"(?:\\\\.|[^"\\\\])*"` : `'(?:\\\\.|[^'\\\\\\n])*'|"(?:\\\\.|[^"\\\\\\n])*"|\`[^\`]*\``;
  const calls = language === "html" ? "</?[a-z]+|(?<=\\.)[$\\w]+(?=\\()|\\bT(?=\\()" : language === "sh" ? "(?<=\\s)--?[a-zA-Z][\\w-]*" : "[$A-Za-z_][$\\w]*(?=\\()";
  const pattern = new RegExp(`(${comments[language]})|(${strings})|(?<![\\w.$-])(${words[language]})(?![\\w-])|(${calls})`, "gm");
  const tokens: CodeToken[] = [];
  let at = 0;
  for (const found of code.matchAll(pattern)) {
    if (found[0] === "") continue;
    if (found.index > at) tokens.push({ text: code.slice(at, found.index) });
    tokens.push({ text: found[0], kind: found[1] !== undefined ? "comment" : found[2] !== undefined ? "string" : found[3] !== undefined ? "keyword" : "call" });
    at = found.index + found[0].length;
  }
  if (at < code.length) tokens.push({ text: code.slice(at) });
  return tokens;
}
