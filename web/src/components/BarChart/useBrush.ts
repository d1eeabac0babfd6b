import { type KeyboardEvent, type PointerEvent, useRef, useState } from "react";
import { type Bars, type Brush, bucketAt, moveBrush } from "../../model/bars";

interface Options {
  readonly bars: Bars;
  readonly from: number;
  readonly to: number;
  readonly brush: Brush | undefined;
  readonly onBrush: (brush: Brush | undefined) => void;
  /** The range was chosen: a drag ended, a bar was clicked, Enter was pressed. */
  readonly onApply: (brush: Brush) => void;
  /** The pointer is over another bar, or left. */
  readonly onHover?: (bucket: number | undefined) => void;
}

/** The brush by mouse, finger and keys. A finger that moves up or down scrolls the page as ever. */
export function useBrush({ bars, from, to, brush, onBrush, onApply, onHover }: Options) {
  const [hover, setHover] = useState<number>();
  const drag = useRef<{ readonly x: number; readonly anchor: number; moved: boolean }>(undefined);

  const bucket = (e: PointerEvent<HTMLElement>) => {
    const box = e.currentTarget.getBoundingClientRect();
    const share = box.width === 0 ? 0 : Math.max(0, Math.min(1, (e.clientX - box.left) / box.width));
    return bucketAt(bars, from + share * (to - from));
  };

  return {
    hover,
    handlers: {
      onPointerDown: (e: PointerEvent<HTMLElement>) => {
        if (e.button !== 0 || bars.at.length === 0) return;
        e.currentTarget.setPointerCapture(e.pointerId);
        drag.current = { x: e.clientX, anchor: bucket(e), moved: false };
      },
      onPointerMove: (e: PointerEvent<HTMLElement>) => {
        if (bars.at.length === 0) return;
        const at = bucket(e);
        setHover(at);
        onHover?.(at);
        const { current } = drag;
        if (current === undefined) return;
        if (Math.abs(e.clientX - current.x) > 4) current.moved = true;
        if (current.moved) onBrush({ anchor: current.anchor, head: at });
      },
      onPointerUp: (e: PointerEvent<HTMLElement>) => {
        const { current } = drag;
        drag.current = undefined;
        if (current === undefined) return;
        const head = bucket(e);
        // A click opens the events of its bar; an empty one has none.
        if (current.moved) onApply({ anchor: current.anchor, head });
        else if ((bars.totals[head] ?? 0) > 0) onApply({ anchor: head, head });
      },
      onPointerCancel: () => {
        drag.current = undefined;
        onBrush(undefined);
      },
      onPointerLeave: () => {
        setHover(undefined);
        onHover?.(undefined);
      },
      onKeyDown: (e: KeyboardEvent<HTMLElement>) => {
        if (bars.at.length === 0 || e.altKey || e.ctrlKey || e.metaKey) return;
        if (e.key === "ArrowLeft") onBrush(moveBrush(bars, brush, -1, e.shiftKey));
        else if (e.key === "ArrowRight") onBrush(moveBrush(bars, brush, 1, e.shiftKey));
        else if (e.key === "PageUp") onBrush(moveBrush(bars, brush, -10, e.shiftKey));
        else if (e.key === "PageDown") onBrush(moveBrush(bars, brush, 10, e.shiftKey));
        else if (e.key === "Home") onBrush(moveBrush(bars, brush, -bars.at.length, e.shiftKey));
        else if (e.key === "End") onBrush(moveBrush(bars, brush, bars.at.length, e.shiftKey));
        else if (e.key === "Enter" && brush !== undefined) onApply(brush);
        else if (e.key === "Escape" && brush !== undefined) onBrush(undefined);
        else return;
        e.preventDefault();
        e.stopPropagation();
      },
    },
  };
}
