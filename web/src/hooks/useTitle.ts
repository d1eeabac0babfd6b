import { useEffect } from "react";

/** Names the tab after the page. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Clewline`;
    return () => {
      document.title = "Clewline";
    };
  }, [title]);
}
