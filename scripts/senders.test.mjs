// Runs what docs/quickstart.md tells people to configure, in the programs that
// it is for, against a real server. A program that is not on this machine is
// skipped, with its name. `make test-senders`
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import { tmpdir } from "node:os";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

const binary = process.env.CLEWLINE_BIN ?? new URL("../bin/clewline", import.meta.url).pathname;
const page = readFileSync(new URL("../docs/quickstart.md", import.meta.url), "utf8");
const run = promisify(execFile);

/** The block of that language in a section of the page. */
function block(section, language) {
  const text = page.split(/^## /m).find((one) => one.startsWith(`${section}\n`));
  const found = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "ms").exec(text ?? "");
  assert.ok(found, `the section ${section} has a block of ${language}`);
  return found[1];
}

/** Where the program is; undefined where it is not. */
function program(name) {
  return [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/opt/fluent-bit/bin"].map((folder) => join(folder, name)).find((path) => existsSync(path));
}
const absent = (name) => (program(name) ? false : `NOT RUN: there is no ${name} on this machine`);

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

const soon = () => new Promise((resolve) => { setTimeout(resolve, 50); });
async function until(holds, what) {
  for (const end = Date.now() + 20_000; Date.now() < end; await soon()) {
    const got = await holds();
    if (got) return got;
  }
  throw new Error(`it did not come to this: ${what}`);
}

let dir = "";
let url = "";
let env = {};
let reader = "";
let children = [];
let server;

/** A process that ends with its test. */
function start(command, args, more = {}) {
  const child = spawn(command, args, { cwd: dir, stdio: ["ignore", "ignore", "pipe"], env, ...more });
  child.errors = "";
  child.stderr.on("data", (bytes) => { child.errors += bytes; });
  children.push(child);
  return child;
}
async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  await gone;
}

async function search(query) {
  const response = await fetch(`${url}/v1/search?from=-3650d&limit=1000&q=${encodeURIComponent(query)}`, { headers: { authorization: `Bearer ${reader}` } });
  const lines = (await response.text()).trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.equal(response.status, 200, JSON.stringify(lines));
  return lines.slice(0, -1).reverse();
}
const find = (query, count) => until(async () => {
  const found = await search(query);
  return found.length >= count && found;
}, `${count} events of ${query}`);

before(async () => {
  dir = mkdtempSync(join(tmpdir(), "clewline-senders-"));
  const listen = `127.0.0.1:${await freePort()}`;
  url = `http://${listen}`;
  env = { ...process.env, XDG_STATE_HOME: join(dir, "state"), CLEWLINE_SERVER: url };
  server = start(binary, ["serve", "--data", join(dir, "data"), "--listen", listen]);
  children = [];
  await until(async () => (await fetch(`${url}/readyz`).catch(() => undefined))?.ok, `the server is ready: ${server.errors}`);
  const key = async (type) => (await run(binary, ["key", "create", "--data", join(dir, "data"), "--project", "demo", "--type", type])).stdout.trim();
  env.CLEWLINE_KEY = await key("server");
  reader = await key("read");
});

after(async () => {
  await stop(server);
  rmSync(dir, { recursive: true, force: true });
});

const ours = (name, options, body) => test(name, options, async () => {
  try {
    await body();
  } finally {
    await Promise.all(children.map(stop));
    children = [];
  }
});

ours("nginx writes the access log of the page, and its requests are found, through a rotation", { skip: absent("nginx") }, async () => {
  const port = await freePort();
  const log = join(dir, "access.log");
  writeFileSync(join(dir, "nginx.conf"), `daemon off;
error_log ${dir}/nginx-error.log;
pid ${dir}/nginx.pid;
events {}
http {
${block("nginx", "nginx").replace("/var/log/nginx/access.log", log)}
server { listen 127.0.0.1:${port}; location / { return 200 "ok"; } location /seats { return 502; } }
}
`);
  const nginx = start(program("nginx"), ["-p", dir, "-c", join(dir, "nginx.conf"), "-e", join(dir, "nginx-error.log")]);
  const ask = (path, headers = {}) => fetch(`http://127.0.0.1:${port}${path}`, { headers });
  await until(() => ask("/ready").catch(() => undefined), `nginx answers: ${nginx.errors}`);
  const follow = start(binary, ["send", "--follow", "--app", "quick-nginx", log]);
  await ask("/seats?a=1", { "user-agent": 'Mozil"la \\x', referer: 'http://x/"y"', authorization: `Basic ${btoa("ada:pw")}` });
  await find("app:quick-nginx and level:error and httpPath:/seats", 1);
  renameSync(log, `${log}.1`);
  await ask("/after-the-rename"); // still into the file that was renamed
  nginx.kill("SIGUSR1"); // as logrotate does
  await until(() => existsSync(log), "nginx has opened a new file");
  await ask("/after-the-rotation");
  const found = await find("app:quick-nginx", 4).catch((error) => { throw new Error(`${error.message}: ${follow.errors}`); });
  // The log's times are whole seconds, so the order of lines is not kept.
  assert.deepEqual(found.map(({ msg, level, user }) => [msg, level, user]).sort(), [
    ["GET /after-the-rename 200", "info", undefined], ["GET /after-the-rotation 200", "info", undefined],
    ["GET /ready 200", "info", undefined], ["GET /seats 502", "error", "ada"],
  ]);
  const lost = found.find(({ level }) => level === "error");
  assert.deepEqual([lost.ua, lost.data.referer, typeof lost.timeCost], ['Mozil"la \\x', 'http://x/"y"', "number"]);
});

/** Messages by the system's own logger. */
const log = (port, ...args) => run("logger", ["-n", "127.0.0.1", "-P", String(port), "-d", ...args]);

async function sendMessages(port) {
  await log(port, "--rfc5424", "-t", "seatd", "-p", "user.err", "--sd-id", "seat@32473", "--sd-param", 'id="81"', "the seat was lost 座席");
  await log(port, "--rfc3164", "-t", "desk", "-p", "local0.warning", "with: colons [x]");
}

ours("rsyslog writes the file of the page, with severities and structured data", { skip: absent("rsyslogd") || absent("logger") }, async () => {
  const port = await freePort();
  const file = join(dir, "clewline.log");
  writeFileSync(join(dir, "rsyslog.conf"), `module(load="imudp")
input(type="imudp" address="127.0.0.1" port="${port}")
${block("syslog", "rsyslog").replace("/var/log/clewline.log", file)}`);
  const daemon = start(program("rsyslogd"), ["-n", "-f", join(dir, "rsyslog.conf"), "-i", join(dir, "rsyslog.pid")]);
  await until(async () => {
    await sendMessages(port); // the first ones come too early, maybe
    return existsSync(file) && /seat was lost[^]*colons/.test(readFileSync(file, "utf8"));
  }, `rsyslog writes: ${daemon.errors}`);
  start(binary, ["send", "--follow", "--format", "syslog", file]);
  const [lost] = await find("app:seatd and level:error and msg:seat", 1);
  assert.equal(lost.msg, "the seat was lost 座席");
  assert.equal(lost.data["seat@32473"].id, 81);
  assert.ok(lost.host);
  const [warned] = await find("app:desk and level:warn", 1);
  assert.equal(warned.msg, "with: colons [x]");
});

ours("syslog-ng writes files that are read as they are", { skip: absent("syslog-ng") || absent("logger") }, async () => {
  const port = await freePort();
  const file = join(dir, "messages");
  writeFileSync(join(dir, "syslog-ng.conf"), `@version: current
source s { network(transport("udp") ip("127.0.0.1") port(${port})); };
destination d { file("${file}"); };
log { source(s); destination(d); };
`);
  const daemon = start(program("syslog-ng"), ["-F", "-f", join(dir, "syslog-ng.conf"), "-p", join(dir, "ng.pid"), "-R", join(dir, "ng.persist"), "-c", join(dir, "ng.ctl")]);
  await until(async () => {
    await log(port, "--rfc3164", "-t", "ngseatd", "-p", "user.err", "the seat was lost");
    return existsSync(file);
  }, `syslog-ng writes: ${daemon.errors}`);
  start(binary, ["send", "--follow", "--format", "syslog", file]);
  const [lost] = await find("app:ngseatd", 1);
  assert.equal(lost.msg, "the seat was lost");
});

/** The configuration of the page, for a server of this machine without TLS. */
const here = (text) => text.replaceAll("https://logs.example.com", url).replace("logs.example.com", "127.0.0.1").replace(/^( *port +)443$/m, `$1${new URL(url).port}`).replace(/^( *tls +)on$/m, "$1off");

ours("Fluent Bit sends by the output of the page", { skip: absent("fluent-bit") }, async () => {
  writeFileSync(join(dir, "fluent.conf"), `[SERVICE]
    flush 0.2
[INPUT]
    name  dummy
    dummy {"log":"seat lost","stream":"stderr","level":"error"}
    samples 3
${here(block("Fluent Bit", "ini"))}`);
  start(program("fluent-bit"), ["-c", join(dir, "fluent.conf")]);
  const found = await find("app:quick-fluent and data.stream:stderr and level:error", 3);
  assert.equal(found[0].msg, "seat lost");
});

ours("Vector sends by the sink of the page", { skip: absent("vector") }, async () => {
  writeFileSync(join(dir, "app.log"), "seat lost\nseat back\n");
  writeFileSync(join(dir, "vector.yaml"), `data_dir: ${dir}
sources:
  app: {type: file, include: ["${dir}/app.log"]}
${here(block("Vector", "yaml"))}`);
  start(program("vector"), ["--config", join(dir, "vector.yaml")]);
  const found = await find("app:quick-vector", 2);
  assert.deepEqual(found.map(({ msg }) => msg).sort(), ["seat back", "seat lost"]);
});
