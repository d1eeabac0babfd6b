import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useCallback, useEffect } from "react";
import { type View, viewsQuery } from "../api/views";
import { registerCommands } from "../components/Jump/commands";

/** What opens a view: the search page with the view's address, beside the tabs that are open. */
function useOpenView(): (view: View) => void {
  const navigate = useNavigate();
  return useCallback((view) => void navigate({ to: "/search", search: ({ tabs }) => ({ ...view.params, project: view.project, ...(tabs === undefined ? {} : { tabs }) }) }), [navigate]);
}

/** The saved views of a project, and what opens one. */
export function useSavedViews(project: string): { readonly views: readonly View[] | undefined; readonly error: Error | null; readonly open: (view: View) => void } {
  const { data, error } = useQuery({ ...viewsQuery(project), enabled: project !== "" });
  return { views: data, error, open: useOpenView() };
}

/** Offers the saved views in the jump box, as long as the page is open. */
export function useViewCommands(project: string): void {
  const client = useQueryClient();
  const open = useOpenView();
  useEffect(() => {
    if (project === "") return undefined;
    return registerCommands(async () => {
      const views = await client.fetchQuery(viewsQuery(project));
      return views.map((view) => ({ id: `view ${view.id}`, group: "views", text: view.name, note: view.own ? "" : view.owner, run: () => open(view) }));
    });
  }, [client, open, project]);
}
