/** What to do about the error codes that every invocation log may carry. */
const known = {
  INVALID_PARAM: "advice.param",
  INVALID_PAR_PARAM: "advice.param",
  PERMISSION_DENIED: "advice.permission",
  RESOURCE_NOT_FOUND: "advice.notFound",
  QUOTA_EXCEEDED: "advice.quota",
  NETWORK_ERROR: "advice.network",
} as const;

/** The key of the sentence that explains a code; undefined for codes that are the sender's own. */
export function adviceFor(code: string): (typeof known)[keyof typeof known] | undefined {
  return Object.hasOwn(known, code) ? known[code as keyof typeof known] : undefined;
}
