import IconCheck from "@tabler/icons-react/dist/esm/icons/IconCheck.mjs";
import IconMinus from "@tabler/icons-react/dist/esm/icons/IconMinus.mjs";
import { useT } from "../../i18n";
import { type PasswordCheck, shortestPassword } from "../../model/password";
import styles from "./Setup.module.css";

/** The rule for passwords, from the start, and how far this one meets it. */
export function PasswordRule({ checked }: { checked: PasswordCheck }) {
  const t = useT();
  return (
    <>
      <span className={styles.bars} aria-hidden="true">
        {[1, 2, 3, 4].map((bar) => (
          <i key={bar} data-on={bar <= checked.bars || undefined} data-weak={!checked.ok || undefined} />
        ))}
      </span>
      <span className={styles.rules}>
        <Rule ok={checked.longEnough}>
          {checked.length === 0 ? t("setup.password.rule", { least: shortestPassword }) : t("setup.password.count", { n: checked.length, least: shortestPassword })}
        </Rule>
        {checked.guessable ? <span className={styles.bad}>{t("setup.password.guessable")}</span> : <span>{t("setup.password.advice")}</span>}
      </span>
    </>
  );
}

function Rule({ ok, children }: { ok: boolean; children: string }) {
  const Icon = ok ? IconCheck : IconMinus;
  return (
    <span data-ok={ok || undefined}>
      <Icon size={13} stroke={1.7} aria-hidden="true" />
      {children}
    </span>
  );
}
