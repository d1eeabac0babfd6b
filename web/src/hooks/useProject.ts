import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { meQuery } from "../api/session";

/** The project of the page: the address says it, else it is the user's first. "" when the user may see none. */
export function useProject(): string {
  const { project } = useSearch({ strict: false });
  const { data: me } = useQuery({ ...meQuery, enabled: false });
  return project ?? me?.projects[0]?.name ?? "";
}
