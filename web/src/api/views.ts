import { queryOptions } from "@tanstack/react-query";
import { get, send } from "./client";

/** A search page that somebody has given a name. */
export interface View {
  readonly id: string;
  readonly project: string;
  readonly owner: string;
  readonly own: boolean;
  readonly mayChange: boolean;
  readonly name: string;
  readonly shared: boolean;
  /** The page's address without the project. */
  readonly params: Readonly<Record<string, string>>;
  readonly columns: readonly string[];
  readonly density: "" | "roomy" | "compact";
  /** Fields that no event of its time has; told of one view alone. */
  readonly missing?: readonly string[];
  /** Why its query cannot be read any more. */
  readonly broken?: string;
}

export type ViewChange = Partial<Pick<View, "name" | "shared" | "params" | "columns" | "density">>;

/** The views of a project that the user sees, by name. */
export const viewsQuery = (project: string) =>
  queryOptions({
    queryKey: ["views", project],
    queryFn: async ({ signal }) => (await get<{ views: View[] }>("/v1/views", { project }, signal)).views,
    staleTime: 30_000,
  });

/** One view, with what is missing of it now. */
export const lookAtView = (id: string) => get<View>(`/v1/views/${encodeURIComponent(id)}`);

export const createView = (project: string, view: ViewChange) => send<View>("POST", "/v1/views", { project, ...view });
export const changeView = (id: string, change: ViewChange) => send<View>("PATCH", `/v1/views/${encodeURIComponent(id)}`, change);
export const removeView = (id: string) => send<void>("DELETE", `/v1/views/${encodeURIComponent(id)}`);
