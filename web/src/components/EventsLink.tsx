import type { MouseEvent, ReactNode } from "react";
import { useNavigate } from "@tanstack/react-router";
import { readQuery } from "../model/address";

interface Props {
  /** The address of the events. */
  readonly to: string | undefined;
  readonly className?: string | undefined;
  readonly title?: string | undefined;
  readonly children: ReactNode;
}

/** A figure that leads to its events. A plain link: tables have thousands of them. */
export function EventsLink({ to, className, title, children }: Props) {
  const navigate = useNavigate();
  if (to === undefined) return children;
  const follow = (e: MouseEvent) => {
    if (e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
    e.preventDefault();
    void navigate({ to: "/search", search: readQuery(to.slice(to.indexOf("?"))) });
  };
  return (
    <a href={to} onClick={follow} className={className} title={title}>
      {children}
    </a>
  );
}
