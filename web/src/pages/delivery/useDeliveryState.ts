import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { type DeliveryState, formatDelivery, parseDelivery } from "../../model/delivery";

export type UpdateDelivery = (change: Partial<DeliveryState>, how?: "push" | "replace") => void;

/** The page's state, which is its address. Changes push, so that Back undoes them. */
export function useDeliveryState(): { readonly state: DeliveryState; readonly update: UpdateDelivery } {
  const raw = useSearch({ strict: false });
  const navigate = useNavigate();
  const state = useMemo(() => parseDelivery(raw), [raw]);
  const update = useCallback<UpdateDelivery>(
    (change, how = "push") => {
      void navigate({ to: "/delivery", search: (old) => ({ ...(old.project === undefined ? {} : { project: old.project }), ...formatDelivery({ ...parseDelivery(old), ...change }) }), replace: how === "replace" });
    },
    [navigate],
  );
  return { state, update };
}
