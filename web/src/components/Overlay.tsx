import { FocusTrap, Portal } from "@mantine/core";
import type { CSSProperties, ReactNode } from "react";
import { useEffect } from "react";
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
  return (
    <Portal>
      <div className={styles.scrim} onClick={onClose} aria-hidden="true" />
      <FocusTrap active>
        {/* Esc is taken from whatever inside has the focus. */}
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
        <div
          className={styles.box}
          style={place}
          role="dialog"
          aria-modal="true"
          aria-label={label}
          tabIndex={-1}
          onKeyDown={(e) => {
            if (e.key === "Escape" && !e.defaultPrevented) {
              e.stopPropagation();
              onClose();
            }
          }}
        >
          {children}
        </div>
      </FocusTrap>
    </Portal>
  );
}
