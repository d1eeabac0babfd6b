import { type MantineColorScheme, useMantineColorScheme } from "@mantine/core";
import { useFlag } from "../../hooks/usePreference";
import { useTitle } from "../../hooks/useTitle";
import { chooseLanguage, languages, useT } from "../../i18n";
import { Choice } from "./Choice";
import styles from "./Settings.module.css";
import { SettingsTabs } from "./SettingsTabs";

const schemes = ["light", "dark", "auto"] as const satisfies readonly MantineColorScheme[];

/** What each person chooses for themselves; kept in the browser. */
export function LookPage() {
  const t = useT();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [roomy, setRoomy] = useFlag("roomy", false);
  const [singleKeys, setSingleKeys] = useFlag("keys", true);
  useTitle(t("settings.look"));
  return (
    <div className={styles.look}>
      <SettingsTabs />
      <h1>{t("look.title")}</h1>
      <p className="text2">{t("look.lead")}</p>
      <Choice
        label={t("look.colours")}
        name="scheme"
        value={colorScheme}
        options={schemes.map((value) => ({ value, label: t(`theme.${value}`) }))}
        onChange={setColorScheme}
      />
      <Choice
        label={t("look.language")}
        name="language"
        value={t.language}
        options={languages.map(({ id, name, tag }) => ({ value: id, label: name, lang: tag }))}
        onChange={(language) => void chooseLanguage(language)}
      />
      <Choice
        label={t("look.density")}
        name="density"
        value={roomy ? "comfortable" : "compact"}
        options={(["compact", "comfortable"] as const).map((value) => ({ value, label: t(`look.density.${value}`) }))}
        onChange={(value) => setRoomy(value === "comfortable")}
      />
      <Choice
        label={t("look.keys")}
        name="keys"
        value={singleKeys ? "on" : "off"}
        options={(["on", "off"] as const).map((value) => ({ value, label: t(`look.keys.${value}`) }))}
        onChange={(value) => setSingleKeys(value === "on")}
        hint={t("look.keys.text")}
      />
    </div>
  );
}
