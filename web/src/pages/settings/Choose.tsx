import { type ReactNode, useId } from "react";
import styles from "./Choose.module.css";

interface Props {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** What is wrong with what is chosen; it stands in the place of the hint. */
  readonly error?: string | undefined;
  readonly hint?: ReactNode;
  readonly children: ReactNode;
}

/** A labelled choice of a form of the settings. */
export function Choose({ label, value, onChange, error, hint, children }: Props) {
  const id = useId();
  return (
    <div className={styles.choose}>
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onChange(event.target.value)} aria-describedby={`${id}-more`}>
        {children}
      </select>
      <p id={`${id}-more`} data-error={error !== undefined || undefined}>
        {error ?? hint}
      </p>
    </div>
  );
}
