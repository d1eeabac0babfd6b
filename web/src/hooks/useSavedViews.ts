import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";
import { type View, viewsQuery } from "../api/views";

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
