import { createContext, type ReactNode, useContext, useMemo, useState } from "react";
import { createPortal } from "react-dom";

type Place = "left" | "right";

interface Slots {
  readonly targets: Readonly<Partial<Record<Place, HTMLElement>>>;
  readonly register: (place: Place, element: HTMLElement | null) => void;
}

const Context = createContext<Slots | undefined>(undefined);

function useSlots(): Slots {
  const slots = useContext(Context);
  if (slots === undefined) throw new Error("BarSlot stands outside of AppShell");
  return slots;
}

/** Lets pages put their tabs and actions into the top bar. */
export function BarSlots({ children }: { children: ReactNode }) {
  const [targets, setTargets] = useState<Slots["targets"]>({});
  const value = useMemo<Slots>(
    () => ({
      targets,
      register: (place, element) =>
        setTargets((old) => {
          if (element === null || old[place] === element) return old;
          return { ...old, [place]: element };
        }),
    }),
    [targets],
  );
  return <Context value={value}>{children}</Context>;
}

/** The place in the bar itself. */
export function BarSlotTarget({ place, className }: { place: Place; className: string | undefined }) {
  const { register } = useSlots();
  const [ref] = useState(() => (element: HTMLElement | null) => register(place, element));
  return <div ref={ref} className={className} />;
}

/** What a page shows in the bar. */
export function InBar({ place, children }: { place: Place; children: ReactNode }) {
  const target = useSlots().targets[place];
  return target === undefined ? null : createPortal(children, target);
}
