import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useState } from "react";
import type { ApiError } from "../../api/client";
import { type Client, followClients } from "../../api/clients";
import { writeQuery } from "../../model/address";
import { changed, type ClientsState, formatClients, parseClients } from "../../model/clients";

export type UpdateClients = (change: Partial<ClientsState>, how?: "push" | "replace") => void;

/** The page's state, which is its address. */
export function useClientsState(): { readonly state: ClientsState; readonly update: UpdateClients } {
  const raw = useSearch({ strict: false });
  const navigate = useNavigate();
  const state = useMemo(() => parseClients(new URLSearchParams(writeQuery(raw))), [raw]);
  const update = useCallback<UpdateClients>(
    (change, how = "push") => {
      void navigate({ to: "/clients", search: (old) => Object.fromEntries(formatClients({ ...parseClients(new URLSearchParams(writeQuery(old))), ...change })), replace: how === "replace" });
    },
    [navigate],
  );
  return { state, update };
}

/** The pages of a project as they are now. */
export interface LiveClients {
  readonly list: readonly Client[];
  readonly online: number;
  readonly seen: number;
  /** When something was heard last (ms); 0 before the first. */
  readonly heard: number;
  readonly broken: boolean;
  readonly error: ApiError | null;
}

const nothing: LiveClients = { list: [], online: 0, seen: 0, heard: 0, broken: false, error: null };

/** Follows the pages of a project. */
export function useLiveClients(project: string): LiveClients {
  const [live, setLive] = useState({ ...nothing, project });
  if (live.project !== project) setLive({ ...nothing, project });
  useEffect(() => {
    let whole = true;
    return followClients(project, {
      open: () => {
        whole = true;
      },
      change: (change) => {
        const all = whole;
        whole = false;
        setLive((old) => ({ ...old, list: changed(old.list, change, all), online: change.online, seen: change.seen, heard: Date.now(), broken: false, error: null }));
      },
      broken: () => setLive((old) => ({ ...old, broken: true })),
      refused: (error) => setLive((old) => ({ ...old, error })),
    });
  }, [project]);
  return live;
}
