import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef, useState } from "react";
import { usePreference } from "../../hooks/usePreference";
import { phone, useMedia } from "../../hooks/useMedia";
import { useT } from "../../i18n";
import styles from "./Drawer.module.css";

const least = 320;
const most = 720;

/** Heights of the phone's sheet: a peek, half of the screen, all of it. */
const sheets = ["228px", "52dvh", "84dvh"] as const;

/** Where an event is shown: beside the list, over it, or as a sheet from below. */
export function DrawerFrame({ children, onClose }: { children: ReactNode; onClose: () => void }) {
  const t = useT();
  const small = useMedia(phone);
  const [kept, keep] = usePreference("drawer", "412");
  const [dragged, setDragged] = useState<number>();
  const [sheet, setSheet] = useState(0);
  const start = useRef<{ readonly at: number; readonly width: number }>(undefined);
  const clamp = (width: number) => Math.round(Math.min(most, Math.max(least, width)));
  const width = dragged ?? clamp(Number(kept) || 412);

  const dragWidth = (e: PointerEvent, done: boolean) => {
    if (start.current === undefined) return;
    const next = clamp(start.current.width + start.current.at - e.clientX);
    if (done) {
      keep(String(next));
      start.current = undefined;
    }
    setDragged(done ? undefined : next);
  };
  const keyWidth = (e: KeyboardEvent) => {
    const by = e.key === "ArrowLeft" ? 20 : e.key === "ArrowRight" ? -20 : 0;
    if (by === 0) return;
    e.preventDefault();
    keep(String(clamp(width + by)));
  };
  const dropSheet = (e: PointerEvent) => {
    if (start.current === undefined) return;
    const by = e.clientY - start.current.at;
    start.current = undefined;
    if (Math.abs(by) < 8) setSheet((sheet + 1) % sheets.length);
    else if (by < 0) setSheet(Math.min(sheets.length - 1, sheet + 1));
    else if (sheet === 0) onClose();
    else setSheet(sheet - 1);
  };

  return (
    <aside className={styles.drawer} aria-label={t("drawer.label")} style={{ width, "--sheet": sheets[sheet] } as React.CSSProperties}>
      {small ? (
        <button
          type="button"
          className={styles.grab}
          aria-label={t("drawer.resize")}
          onPointerDown={(e) => {
            e.currentTarget.setPointerCapture(e.pointerId);
            start.current = { at: e.clientY, width: 0 };
          }}
          onPointerUp={dropSheet}
          onKeyDown={(e) => {
            if (e.key === "Enter" || e.key === " ") setSheet((sheet + 1) % sheets.length);
          }}
        >
          <i />
        </button>
      ) : (
        <div
          className={styles.grip}
          role="separator"
          aria-orientation="vertical"
          aria-label={t("drawer.resize")}
          aria-valuenow={width}
          aria-valuemin={least}
          aria-valuemax={most}
          tabIndex={0}
          onPointerDown={(e) => {
            e.currentTarget.setPointerCapture(e.pointerId);
            start.current = { at: e.clientX, width };
          }}
          onPointerMove={(e) => dragWidth(e, false)}
          onPointerUp={(e) => dragWidth(e, true)}
          onKeyDown={keyWidth}
        />
      )}
      {children}
    </aside>
  );
}
