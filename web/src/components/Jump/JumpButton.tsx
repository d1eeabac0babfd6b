import IconSearch from "@tabler/icons-react/dist/esm/icons/IconSearch.mjs";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { hasOwn, isField } from "../../hooks/useKeys";
import { useFlag } from "../../hooks/usePreference";
import { useT } from "../../i18n";
import { writeQuery } from "../../model/address";
import styles from "../AppShell.module.css";

const Jump = lazy(async () => ({ default: (await import("./Jump")).Jump }));
const mac = typeof navigator !== "undefined" && /Mac|iP(?:hone|ad)/.test(navigator.platform);

const goes: Readonly<Record<string, string>> = { s: "/search", p: "/speed", i: "/ingest", d: "/delivery", a: "/add-data", e: "/settings/keys" };
/** For so long (ms) after g a second key is waited for. */
const patience = 1500;

/** g and then a letter goes to a page. The letter is taken before the page, where it may mean something else. */
function useGoKeys(): void {
  const navigate = useNavigate();
  const { project } = useSearch({ strict: false });
  const [on] = useFlag("keys", true);
  // Long ago at first: a page that has just been opened waits for no second key.
  const since = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    if (!on) return undefined;
    const listen = (e: KeyboardEvent) => {
      if (e.isComposing || e.altKey || e.ctrlKey || e.metaKey || isField(e.target) || hasOwn(e.target, e.key)) return;
      const waits = e.timeStamp - since.current < patience;
      since.current = !waits && e.key === "g" ? e.timeStamp : Number.NEGATIVE_INFINITY;
      const to = waits && Object.hasOwn(goes, e.key) ? goes[e.key] : undefined;
      if (to === undefined) return;
      e.preventDefault();
      e.stopPropagation();
      void navigate({ href: to + (project === undefined ? "" : writeQuery({ project })) });
    };
    document.addEventListener("keydown", listen, true);
    return () => document.removeEventListener("keydown", listen, true);
  }, [on, navigate, project]);
}

/** The way to everything: a box in the bar, Ctrl+K or Cmd+K anywhere. */
export function JumpButton() {
  const t = useT();
  const [open, setOpen] = useState(false);
  useGoKeys();
  useEffect(() => {
    const listen = (e: KeyboardEvent) => {
      if (e.key.toLowerCase() !== "k" || e.altKey || e.shiftKey || !(e.ctrlKey || e.metaKey) || e.isComposing) return;
      e.preventDefault();
      e.stopPropagation();
      setOpen((now) => !now);
    };
    // Before the query box, whose editor has a Ctrl+K of its own.
    document.addEventListener("keydown", listen, true);
    return () => document.removeEventListener("keydown", listen, true);
  }, []);
  return (
    <>
      <button type="button" className={styles.jump} aria-haspopup="dialog" onClick={() => setOpen(true)}>
        <IconSearch size={14} stroke={1.7} />
        <span>{t("bar.jump")}</span>
        <kbd>{mac ? "⌘K" : "Ctrl K"}</kbd>
      </button>
      {open && (
        <Suspense fallback={null}>
          <Jump onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
