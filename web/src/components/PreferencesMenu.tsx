import { type MantineColorScheme, useMantineColorScheme } from "@mantine/core";
import IconAdjustmentsHorizontal from "@tabler/icons-react/dist/esm/icons/IconAdjustmentsHorizontal.mjs";
import IconLogout from "@tabler/icons-react/dist/esm/icons/IconLogout.mjs";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { logout, meQuery } from "../api/session";
import { chooseLanguage, languages, useT } from "../i18n";
import { DropMenu, type MenuSection } from "./DropMenu";
import styles from "./IconButton.module.css";

const schemes: readonly { readonly value: MantineColorScheme; readonly label: "theme.light" | "theme.dark" | "theme.auto" }[] = [
  { value: "light", label: "theme.light" },
  { value: "dark", label: "theme.dark" },
  { value: "auto", label: "theme.auto" },
];

/** Language and colours, without logging in too; page and log-out when somebody is. */
export function PreferencesMenu() {
  const t = useT();
  const navigate = useNavigate();
  const client = useQueryClient();
  const { data: me } = useQuery({ ...meQuery, enabled: false });
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const leave = async () => {
    await logout();
    client.clear();
    await navigate({ href: "/login" });
  };

  const sections = (): MenuSection[] => [
    {
      key: "language",
      title: t("language.title"),
      items: languages.map(({ id, name, tag }) => ({ key: id, text: name, lang: tag, checked: t.language === id, onSelect: () => void chooseLanguage(id) })),
    },
    {
      key: "scheme",
      title: t("theme.title"),
      items: schemes.map(({ value, label }) => ({ key: value, text: t(label), checked: colorScheme === value, onSelect: () => setColorScheme(value) })),
    },
    ...(me === undefined
      ? []
      : [
          {
            key: "user",
            title: t("bar.loggedInAs", { name: me.user.name }),
            items: [{ key: "logout", text: t("bar.logout"), icon: <IconLogout size={14} stroke={1.7} />, onSelect: () => void leave() }],
          },
          { key: "version", title: t("bar.version", { version: me.version }), items: [] },
        ]),
  ];

  return (
    <DropMenu label={t("bar.preferences")} title={t("bar.preferences")} className={styles.button} align="right" sections={sections}>
      <IconAdjustmentsHorizontal size={16} stroke={1.7} />
    </DropMenu>
  );
}
