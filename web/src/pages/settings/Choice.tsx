import styles from "./Settings.module.css";

interface Props<Value extends string> {
  readonly label: string;
  readonly name: string;
  readonly value: Value;
  readonly options: readonly { readonly value: Value; readonly label: string; readonly lang?: string }[];
  readonly onChange: (value: Value) => void;
  readonly hint?: string;
}

/** One of a few, side by side; it takes effect at once. */
export function Choice<Value extends string>({ label, name, value, options, onChange, hint }: Props<Value>) {
  return (
    <fieldset className={styles.choice}>
      <legend>{label}</legend>
      <div>
        {options.map((option) => (
          <label key={option.value} lang={option.lang} data-on={option.value === value || undefined}>
            <input className="sr-only" type="radio" name={name} value={option.value} checked={option.value === value} onChange={() => onChange(option.value)} />
            {option.label}
          </label>
        ))}
      </div>
      {hint !== undefined && <p>{hint}</p>}
    </fieldset>
  );
}
