import { useEffect, useState } from "react";
import { flushSync } from "react-dom";

/**
 * Whether the page is being printed. It turns true before the browser lays the
 * pages out, and the colours are light until it is over: paper is.
 */
export function usePrinting(): boolean {
  const [printing, setPrinting] = useState(false);
  useEffect(() => {
    const root = document.documentElement;
    const list = window.matchMedia("print");
    let scheme: string | null = null;
    const turn = (on: boolean) => {
      if (on === (root.dataset["printing"] === "true")) return;
      if (on) {
        root.dataset["printing"] = "true";
        scheme = root.getAttribute("data-mantine-color-scheme");
        root.setAttribute("data-mantine-color-scheme", "light");
      } else {
        delete root.dataset["printing"];
        if (scheme !== null) root.setAttribute("data-mantine-color-scheme", scheme);
      }
      // The browser does not wait for a later render.
      flushSync(() => setPrinting(on));
    };
    const before = () => turn(true);
    const after = () => turn(false);
    const change = () => turn(list.matches);
    window.addEventListener("beforeprint", before);
    window.addEventListener("afterprint", after);
    list.addEventListener("change", change);
    return () => {
      window.removeEventListener("beforeprint", before);
      window.removeEventListener("afterprint", after);
      list.removeEventListener("change", change);
      if (root.dataset["printing"] === "true") after();
    };
  }, []);
  return printing;
}
