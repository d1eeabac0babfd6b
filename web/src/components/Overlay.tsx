import { FocusTrap, Portal } from "@mantine/core";
import type { CSSProperties, ReactNode } from "react";
import { useEffect, useRef } from "react";
import styles from "./Overlay.module.css";

interface Props {
  readonly label: string;
  readonly onClose: () => void;
  /** Where it stands on a wide screen; on a phone it is a sheet. */
  readonly place: CSSProperties;
  readonly children: ReactNode;
}

/** A dialog over the page. It holds the focus, closes by Esc or a click beside it, and gives the focus back. */
export function Overlay({ label, onClose, place, children }: Props) {
  useEffect(() => {
    const before = document.activeElement;
    return () => {
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, []);
  const latest = useRef(onClose);
  useEffect(() => {
    latest.current = onClose;
  });
  // On the document, since the focus may be lost when what had it is drawn anew.
  useEffect(() => {
    const escape = (e: KeyboardEvent) => {
      if (e.key !== "Escape" || e.isComposing) return;
      e.preventDefault();
      e.stopPropagation();
      latest.current();
    };
    document.addEventListener("keydown", escape, true);
    return () => document.removeEventListener("keydown", escape, true);
  }, []);
  return (
    <Portal>
      <div className={styles.scrim} onClick={onClose} aria-hidden="true" />
      <FocusTrap active>
        <div className={styles.box} style={place} role="dialog" aria-modal="true" aria-label={label} tabIndex={-1}>
          {children}
        </div>
      </FocusTrap>
    </Portal>
  );
}
