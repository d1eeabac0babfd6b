import IconEye from "@tabler/icons-react/dist/esm/icons/IconEye.mjs";
import IconEyeOff from "@tabler/icons-react/dist/esm/icons/IconEyeOff.mjs";
import { type ComponentProps, type KeyboardEvent, useState } from "react";
import { useT } from "../i18n";
import { Field } from "./Field";
import styles from "./Field.module.css";

/** A password, which may be shown; says when Caps Lock is on. */
export function PasswordField({ hint, ...field }: Omit<ComponentProps<typeof Field>, "type" | "right">) {
  const t = useT();
  const [shown, setShown] = useState(false);
  const [caps, setCaps] = useState(false);
  const look = (event: KeyboardEvent) => setCaps(event.getModifierState("CapsLock"));
  const Eye = shown ? IconEyeOff : IconEye;
  const note = caps ? <span role="status">{t("password.caps")}</span> : hint;
  return (
    <Field
      {...field}
      type={shown ? "text" : "password"}
      spellCheck={false}
      autoCapitalize="none"
      autoCorrect="off"
      onKeyDown={look}
      onKeyUp={look}
      onBlur={() => setCaps(false)}
      {...(note === undefined ? {} : { hint: note })}
      right={
        <button
          type="button"
          className={styles.eye}
          aria-label={shown ? t("password.hide") : t("password.show")}
          aria-pressed={shown}
          onClick={() => setShown(!shown)}
        >
          <Eye size={16} stroke={1.7} />
        </button>
      }
    />
  );
}
