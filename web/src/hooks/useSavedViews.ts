import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";
import { type View, viewsQuery } from "../api/views";

/**
 * The saved views of a project, and what opens one: the search page with the
 * view's address. For menus, and for the command palette.
 */
export function useSavedViews(project: string, enabled = true): { readonly views: readonly View[] | undefined; readonly error: Error | null; readonly open: (view: View) => void } {
  const { data, error } = useQuery({ ...viewsQuery(project), enabled: enabled && project !== "" });
  const navigate = useNavigate();
  const open = useCallback((view: View) => void navigate({ to: "/search", search: { ...view.params, project: view.project } }), [navigate]);
  return { views: data, error, open };
}
