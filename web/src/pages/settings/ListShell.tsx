import { Button } from "@mantine/core";
import IconPlus from "@tabler/icons-react/dist/esm/icons/IconPlus.mjs";
import type { ReactNode } from "react";
import { useFlag } from "../../hooks/usePreference";
import styles from "./Settings.module.css";
import { SettingsTabs } from "./SettingsTabs";

/** A hint of the foot: the keys, and what they do. */
export type Hint = readonly [keys: readonly string[], does: string];

interface Props {
  /** What the page is, for those who hear it. */
  readonly title: string;
  readonly icon: ReactNode;
  /** The page in a sentence. */
  readonly says: ReactNode;
  /** What begins something new; key is its single key, if it has one. Absent for who may not. */
  readonly add?: { readonly text: string; readonly onClick: () => void; readonly key?: string; readonly icon?: ReactNode; readonly grave?: boolean } | undefined;
  /** The columns of list and panel, where they are not as usual. */
  readonly grid?: string | undefined;
  /** What is open beside the list. */
  readonly panel?: ReactNode;
  /** Absent for who may not. */
  readonly hints?: readonly Hint[] | undefined;
  /** Stands at the right end of the foot. */
  readonly status?: ReactNode;
  readonly children: ReactNode;
}

/** A part of the settings: its sentence, its list, the panel beside it, and the keys below. */
export function ListShell({ title, icon, says, add, grid = styles.grid, panel, hints, status, children }: Props) {
  const [singleKeys] = useFlag("keys", true);
  return (
    <div className={styles.page}>
      <SettingsTabs />
      <h1 className="sr-only">{title}</h1>
      <div className={styles.say}>
        {icon}
        <p>{says}</p>
        {add !== undefined && (
          <Button {...(add.grave === true ? { color: "red" } : { variant: "filled" })} leftSection={add.icon ?? <IconPlus size={14} stroke={1.7} />} onClick={add.onClick}>
            {add.text} {singleKeys && add.key !== undefined && <kbd aria-hidden="true">{add.key}</kbd>}
          </Button>
        )}
      </div>
      <div className={grid} data-panel={(panel !== undefined && panel !== false) || undefined}>
        <div className={styles.list}>{children}</div>
        {panel}
      </div>
      {hints !== undefined && singleKeys && (
        <footer className={styles.foot}>
          {hints.map(([keys, does]) => (
            <span key={does}>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}{" "}
              {does}
            </span>
          ))}
          {status !== undefined && (
            <>
              <i className="grow" />
              <span role="status">{status}</span>
            </>
          )}
        </footer>
      )}
    </div>
  );
}
