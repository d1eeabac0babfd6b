import type { CodeLanguage } from "./codetokens";
import { goString, jsString, pythonString, shellWord } from "./quote";

/** Where events come from. Each is one entry at the left of Add data. */
export type SourceId = "web" | "node" | "http" | "files" | "prism" | "invocation";

/** What a snippet is made for. */
export interface Place {
  /** This server, as the visitor reached it: scheme, host and port. */
  readonly endpoint: string;
  /** The whole key, as it was shown once. */
  readonly key: string;
  /** How the sender calls itself. */
  readonly app: string;
  /** A moment for the example lines, so that they are found in the last 15 minutes. */
  readonly now: Date;
}

/** What a block of code is for; the page has the words. */
export type Purpose = "install" | "code" | "try" | "send" | "page";

export interface Snippet {
  readonly purpose: Purpose;
  readonly language: CodeLanguage;
  readonly code: string;
}

/** One way to do it: a language or a tool. Its label is a proper name and is not translated. */
export interface Variant {
  readonly id: string;
  readonly label: string;
  snippets(place: Place): readonly Snippet[];
}

export interface Source {
  readonly id: SourceId;
  readonly group: "code" | "files";
  readonly keyType: "browser" | "server";
  /** The door or tool, in a word. */
  readonly by: string;
  readonly variants: readonly [Variant, ...Variant[]];
}

const page = ({ endpoint, key, app }: Place, indent = "") =>
  [
    "T.$use(logReport, {",
    `  endpoint: ${jsString(endpoint)},`,
    `  app: ${jsString(app)},`,
    `  key: ${jsString(key)},`,
    "})",
    "",
    "const t = new T('call')",
    // Named fields stand third; the second is data, whatever its names are.
    "t.$log('ringing', { callId: 'call-1' })",
  ].map((line) => (line === "" ? "" : indent + line)).join("\n");

const npm: Snippet = { purpose: "install", language: "sh", code: "npm i clewline" };

const esm = (place: Place): Snippet => ({
  purpose: "code",
  language: "js",
  code: `import T from 'clewline'\nimport logReport from 'clewline/log-report'\n\n${page(place)}\n`,
});

const bundled: Variant = { id: "npm", label: "npm", snippets: (place) => [npm, esm(place)] };

// The server hands out the SDK itself, so that a page needs nobody else's host.
const script: Variant = {
  id: "script",
  label: "<script>",
  snippets: (place) => [
    {
      purpose: "page",
      language: "html",
      code: [
        `<script src="${place.endpoint}/sdk/clewline.js"></script>`,
        "<script>",
        "  const { T, logReport } = Clewline",
        page(place, "  "),
        "</script>",
        "",
      ].join("\n"),
    },
  ],
};

const nodeImport: Variant = { id: "esm", label: "import", snippets: (place) => [npm, esm(place)] };

const nodeRequire: Variant = {
  id: "cjs",
  label: "require",
  snippets: (place) => [
    npm,
    {
      purpose: "code",
      language: "js",
      code: `const { default: T } = require('clewline')\nconst { default: logReport } = require('clewline/log-report')\n\n${page(place)}\n`,
    },
  ],
};

/** The event that the HTTP snippets send. */
const hello = '{"msg":"hello","level":"info"}';

const curl: Variant = {
  id: "curl",
  label: "curl",
  snippets: ({ endpoint, key }) => [
    {
      purpose: "try",
      language: "sh",
      code: `curl ${endpoint}/v1/events \\\n  -H ${shellWord(`Authorization: Bearer ${key}`)} \\\n  --data-binary ${shellWord(hello)}\n`,
    },
  ],
};

const fetchNode: Variant = {
  id: "js",
  label: "JavaScript",
  snippets: ({ endpoint, key, app }) => [
    {
      purpose: "code",
      language: "js",
      code: [
        `const events = [{ msg: 'hello', level: 'info', app: ${jsString(app)} }]`,
        "",
        `const reply = await fetch(${jsString(`${endpoint}/v1/events`)}, {`,
        "  method: 'POST',",
        `  headers: { Authorization: ${jsString(`Bearer ${key}`)} },`,
        "  body: events.map((event) => JSON.stringify(event) + '\\n').join(''),",
        "})",
        "console.log(await reply.json())",
        "",
      ].join("\n"),
    },
  ],
};

const python: Variant = {
  id: "python",
  label: "Python",
  snippets: ({ endpoint, key, app }) => [
    {
      purpose: "code",
      language: "python",
      code: [
        "import json, urllib.request",
        "",
        `events = [{"msg": "hello", "level": "info", "app": ${pythonString(app)}}]`,
        "",
        "request = urllib.request.Request(",
        `    ${pythonString(`${endpoint}/v1/events`)},`,
        '    data="".join(json.dumps(e) + "\\n" for e in events).encode(),',
        `    headers={"Authorization": ${pythonString(`Bearer ${key}`)}},`,
        ")",
        "print(urllib.request.urlopen(request).read().decode())",
        "",
      ].join("\n"),
    },
  ],
};

const go: Variant = {
  id: "go",
  label: "Go",
  snippets: ({ endpoint, key }) => [
    {
      purpose: "code",
      language: "go",
      code: [
        "package main",
        "",
        'import (\n\t"fmt"\n\t"io"\n\t"net/http"\n\t"strings"\n)',
        "",
        "func main() {",
        `\tevents := strings.NewReader(\`${hello}\` + "\\n")`,
        `\treq, err := http.NewRequest("POST", ${goString(`${endpoint}/v1/events`)}, events)`,
        "\tif err != nil {\n\t\tpanic(err)\n\t}",
        `\treq.Header.Set("Authorization", ${goString(`Bearer ${key}`)})`,
        "\treply, err := http.DefaultClient.Do(req)",
        "\tif err != nil {\n\t\tpanic(err)\n\t}",
        "\tdefer reply.Body.Close()",
        "\tanswer, _ := io.ReadAll(reply.Body)",
        "\tfmt.Println(reply.Status, string(answer))",
        "}",
        "",
      ].join("\n"),
    },
  ],
};

/** The file that the snippets for files send; a test puts its own in its place. */
export const exampleFile = "/var/log/app/app.log";

/** A line of each text format, as a module of a phone company would write it now. */
function exampleLine(format: "json" | "prism" | "invocation", app: string, now: Date): string {
  const seconds = (now.getTime() / 1000).toFixed(3);
  switch (format) {
    case "json":
      return JSON.stringify({ time: now.toISOString(), level: "info", msg: "hello", callId: "call-1" });
    case "prism": {
      // "26-11-21 14:02:09"; the zone does not matter, optime beats it.
      const at = now.toISOString().slice(2, 19).replace("T", " ");
      const product = encodeURIComponent(app);
      return `NOTICE: ${at} [optime=${seconds} product=${product} subsys=api module=dispatch logid=call-1 uri=%2Fcall%2Fhold cost=46 retErrno=0 errDetail=]`;
    }
    case "invocation":
      return JSON.stringify({
        startTime: now.toISOString(), timeCost: 46, service: "function", event: "callFunction", function: "checkTicket",
        invoker: "uid:staff-1042", source: "web-sdk", traceId: "8f43c2a90b7d4e51", errorCode: null, errorMsg: null,
      });
  }
}

/** Sends text with our own command: one line to try it, then the real file. */
function withCommand(format: "json" | "prism" | "invocation"): Variant {
  return {
    id: "send",
    label: "clewline send",
    snippets: ({ endpoint, key, app, now }) => {
      const send = `clewline send --server ${shellWord(endpoint)} \\\n  --key ${shellWord(key)} \\\n  `;
      const how = format === "json" ? `--app ${shellWord(app)}` : `--format ${format} --app ${shellWord(app)}`;
      return [
        { purpose: "try", language: "sh", code: `echo ${shellWord(exampleLine(format, app, now))} |\n  ${send}${how} -\n` },
        { purpose: "send", language: "sh", code: `${send}${how} ${exampleFile}\n` },
      ];
    },
  };
}

/** The same over plain HTTP, for machines without the command. */
function withCurl(format: "json" | "prism" | "invocation"): Variant {
  return {
    id: "curl",
    label: "curl",
    snippets: ({ endpoint, key, app, now }) => {
      const post = `curl ${shellWord(`${endpoint}/v1/lines?format=${format}&app=${encodeURIComponent(app)}`)} \\\n  -H ${shellWord(`Authorization: Bearer ${key}`)} \\\n  `;
      return [
        { purpose: "try", language: "sh", code: `${post}--data-binary ${shellWord(exampleLine(format, app, now))}\n` },
        { purpose: "send", language: "sh", code: `${post}--data-binary @${exampleFile}\n` },
      ];
    },
  };
}

/** What this version really takes, in the order of the page. */
export const sources: readonly Source[] = [
  { id: "web", group: "code", keyType: "browser", by: "SDK", variants: [bundled, script] },
  { id: "node", group: "code", keyType: "server", by: "SDK", variants: [nodeImport, nodeRequire] },
  { id: "http", group: "code", keyType: "server", by: "NDJSON", variants: [curl, fetchNode, python, go] },
  { id: "files", group: "files", keyType: "server", by: "clewline send", variants: [withCommand("json"), withCurl("json")] },
  { id: "prism", group: "files", keyType: "server", by: "", variants: [withCommand("prism"), withCurl("prism")] },
  { id: "invocation", group: "files", keyType: "server", by: "JSON", variants: [withCommand("invocation"), withCurl("invocation")] },
];

/** The source of an address; the first one when it names none that we have. */
export function sourceOf(id: string | undefined): Source {
  const [first] = sources as readonly [Source];
  return sources.find((source) => source.id === id) ?? first;
}

/** The variant of an address; the source's first one when it names none. */
export function variantOf(source: Source, id: string | undefined): Variant {
  return source.variants.find((variant) => variant.id === id) ?? source.variants[0];
}

/** Searches the last hour with a read key. */
export function queryCommand(endpoint: string, key: string): string {
  return `clewline query --server ${shellWord(endpoint)} \\\n  --key ${shellWord(key)} \\\n  --from -1h 'level:error'\n`;
}
