import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { writeQuery } from "../../model/address";
import { formatSearch, parseSearch, type Search } from "../../model/search";

export type Update = (change: Partial<Search>, how?: "push" | "replace") => void;

/** The page's state, which is its address, and the way to change it. Changes push, so that Back undoes them. */
export function useSearchState(): { readonly search: Search; readonly update: Update } {
  const raw = useSearch({ strict: false });
  const navigate = useNavigate();
  const search = useMemo(() => parseSearch(new URLSearchParams(writeQuery(raw))), [raw]);
  const update = useCallback<Update>(
    (change, how = "push") => {
      void navigate({
        to: "/search",
        // From the address as it is now: two changes may come before the next render.
        search: (old) => Object.fromEntries(formatSearch({ ...parseSearch(new URLSearchParams(writeQuery(old))), ...change })),
        replace: how === "replace",
      });
    },
    [navigate],
  );
  return { search, update };
}
