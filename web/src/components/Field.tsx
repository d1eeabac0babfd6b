import { type ComponentProps, type ReactNode, useId } from "react";
import styles from "./Field.module.css";

interface FieldProps {
  readonly label: ReactNode;
  /** What is expected, said before anything is wrong. */
  readonly hint?: ReactNode;
  readonly error?: ReactNode;
  /** Stands inside the frame, at the right. */
  readonly right?: ReactNode;
}

/** A labelled input. Its hint and its error are read out with it. */
export function Field({ label, hint, error, right, ...input }: FieldProps & Omit<ComponentProps<"input">, "children">) {
  const id = useId();
  const described = [hint !== undefined && `${id}-hint`, error !== undefined && `${id}-error`].filter(Boolean).join(" ");
  return (
    <div className={styles.field}>
      <label className={styles.label} htmlFor={id}>
        {label}
      </label>
      <div className={styles.frame} data-error={error !== undefined || undefined}>
        <input
          {...input}
          id={id}
          className={styles.input}
          aria-invalid={error !== undefined || undefined}
          aria-describedby={described || undefined}
        />
        {right}
      </div>
      {hint !== undefined && (
        <div id={`${id}-hint`} className={styles.hint}>
          {hint}
        </div>
      )}
      {error !== undefined && (
        <div id={`${id}-error`} className={styles.error} role="alert">
          {error}
        </div>
      )}
    </div>
  );
}
