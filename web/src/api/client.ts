import { connection } from "./connection";

/** What the server says about a request that it refused; see docs/api.md. */
export class ApiError extends Error {
  override name = "ApiError";
  readonly status: number;
  readonly code: string;
  /** Where in the query, in Unicode characters from 1. */
  readonly column: number | undefined;
  /** What would have been accepted there. */
  readonly want: string | undefined;
  readonly field: string | undefined;
  /** What a page says in its reader's language: wrong_password, paused, last_admin, bad_link. */
  readonly reason: string | undefined;
  /** Of wrong_password: the tries that are left before a pause. */
  readonly triesLeft: number | undefined;
  /** Seconds until another try makes sense. */
  readonly retryAfter: number | undefined;
  /** On 401: no admin exists yet. */
  readonly setup: boolean;

  constructor(status: number, body: ErrorBody, retryAfter?: number) {
    super(body.error.message);
    this.status = status;
    this.code = body.error.code;
    this.column = body.error.column;
    this.want = body.error.want;
    this.field = body.error.field;
    this.reason = body.error.reason;
    this.triesLeft = body.error.triesLeft;
    this.retryAfter = retryAfter;
    this.setup = body.setup === true;
  }
}

/** The server could not be reached, or something in front of it answered in its place. */
export class OfflineError extends Error {
  override name = "OfflineError";
}

export interface ErrorBody {
  error: { code: string; message: string; column?: number; want?: string; field?: string; reason?: string; triesLeft?: number };
  setup?: boolean;
}

/** Query parameters; what is undefined or empty is left out. */
export type Params = Readonly<Record<string, string | number | undefined>>;

/** Writes an address with its parameters. */
export function address(path: string, params: Params = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined && value !== "") query.set(name, String(value));
  }
  const text = query.toString();
  return text === "" ? path : `${path}?${text}`;
}

export function isAbort(err: unknown): boolean {
  return err instanceof DOMException && err.name === "AbortError";
}

function isErrorBody(value: unknown): value is ErrorBody {
  return typeof value === "object" && value !== null && "error" in value && typeof value.error === "object" && value.error !== null && "message" in value.error;
}

let sessionEnded: () => void = () => {};

/** Says what is to happen when a request is refused because the session is over. */
export function onSessionEnd(action: () => void): void {
  sessionEnded = action;
}

/**
 * Sends one request and gives back an answer of 2xx. Anything else is thrown:
 * an ApiError when the server said no, an OfflineError when nobody did, and
 * the browser's AbortError when `signal` ended it.
 */
export async function request(path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { credentials: "same-origin", ...init });
  } catch (err) {
    if (isAbort(err)) throw err;
    connection.lost();
    throw new OfflineError("The server does not answer.", { cause: err });
  }
  if (response.ok) {
    connection.answered();
    return response;
  }
  const text = await response.text();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  const after = Number(response.headers.get("Retry-After") ?? Number.NaN);
  if (isErrorBody(body)) {
    connection.answered();
    // A log-in that did not match ends nothing, nor does a key that is refused.
    if (response.status === 401 && init.credentials !== "omit" && !/^\/v1\/(me|login)\b/.test(path)) sessionEnded();
    throw new ApiError(response.status, body, Number.isFinite(after) ? after : undefined);
  }
  if (response.status >= 502 && response.status <= 504) {
    connection.lost();
    throw new OfflineError(`Something between here and the server answered ${response.status}.`);
  }
  throw new ApiError(response.status, { error: { code: "internal", message: text.trim().slice(0, 300) || `The server answered ${response.status}.` } });
}

/** GET, as JSON. */
export async function get<T>(path: string, params?: Params, signal?: AbortSignal): Promise<T> {
  const response = await request(address(path, params), signal ? { signal } : {});
  return (await response.json()) as T;
}

/** POST, PUT, PATCH or DELETE with a JSON body; undefined where the answer is empty. */
export async function send<T>(method: "POST" | "PUT" | "PATCH" | "DELETE", path: string, body?: unknown, params?: Params): Promise<T> {
  const init: RequestInit = { method };
  if (body !== undefined) {
    init.headers = { "Content-Type": "application/json" };
    init.body = JSON.stringify(body);
  }
  const response = await request(address(path, params), init);
  return (response.status === 204 ? undefined : await response.json()) as T;
}
