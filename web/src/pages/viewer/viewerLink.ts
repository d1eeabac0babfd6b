import { send } from "../../api/client";

/** Makes a read token for one device or call, and gives the page that shows it. The token stands behind the #. */
export async function viewerLink(project: string, of: { readonly device: string } | { readonly callId: string }): Promise<string> {
  const { path } = await send<{ readonly path: string }>("POST", `/v1/viewer-tokens?project=${encodeURIComponent(project)}`, of);
  return path;
}
